-- One row per merchant, category and day: revenue in the reporting currency.
{{ config(
    materialized='incremental',
    incremental_strategy='replace_days',
    on_schema_change='fail',
    dist='merchant_id',
    sort='transaction_date',
    meta={'days_of': {'fact_transaction': 'transaction_date'}},
) }}

with

transactions as (
    select *
    from {{ ref('fact_transaction') }}
    where {{ on_changed_days(ref('fact_transaction')) }}
),

merchants as (select * from {{ ref('dim_merchant_history') }}),

final as (
    select
        transactions.merchant_id,
        merchants.merchant_category,
        {{ date_id('transactions.transaction_date') }} as date_id,

        transactions.transaction_date,

        count(*) as transaction_count,
        cast(sum(case when transactions.is_completed then 1 else 0 end) as bigint) as completed_count,
        count(distinct transactions.customer_id) as customer_count,
        cast(
            sum(
                case when transactions.posted_amount_reporting < 0 then -transactions.posted_amount_reporting else 0 end
            )
            as decimal(38, 2)
        ) as revenue_reporting,
        cast(sum(case when transactions.posted_amount_reporting is null then 1 else 0 end) as bigint)
            as unconverted_count,

        max(transactions._built_at) as _built_at
    from transactions
    inner join merchants on transactions.merchant_sk = merchants.merchant_sk
    group by
        transactions.merchant_id,
        merchants.merchant_category,
        transactions.transaction_date
)

{{ fingerprinted('final') }}
