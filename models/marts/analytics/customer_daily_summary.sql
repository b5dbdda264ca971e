-- One row per customer and day. Amounts are in the reporting currency, so that a customer's currencies add up.
{{ config(
    materialized='incremental',
    incremental_strategy='replace_days',
    on_schema_change='fail',
    dist='customer_id',
    sort='transaction_date',
    meta={'days_of': {'fact_transaction': 'transaction_date'}},
) }}

with

transactions as (
    select *
    from {{ ref('fact_transaction') }}
    where {{ on_changed_days(ref('fact_transaction')) }}
),

final as (
    select
        customer_id,
        {{ date_id('transaction_date') }} as date_id,

        transaction_date,

        count(*) as transaction_count,
        cast(sum(case when is_completed then 1 else 0 end) as bigint) as completed_count,
        count(distinct account_id) as account_count,
        count(distinct case when merchant_id <> 'unknown' then merchant_id end) as merchant_count,
        cast(sum(case when posted_amount_reporting < 0 then -posted_amount_reporting else 0 end) as decimal(38, 2))
            as debit_amount_reporting,
        cast(sum(case when posted_amount_reporting > 0 then posted_amount_reporting else 0 end) as decimal(38, 2))
            as credit_amount_reporting,
        cast(
            sum(case
                when merchant_id <> 'unknown' and posted_amount_reporting < 0 then -posted_amount_reporting
                else 0
            end)
            as decimal(38, 2)
        ) as spend_amount_reporting,
        cast(sum(case when posted_amount_reporting is null then 1 else 0 end) as bigint) as unconverted_count,

        max(_built_at) as _built_at
    from transactions
    group by
        customer_id,
        transaction_date
)

{{ fingerprinted('final') }}
