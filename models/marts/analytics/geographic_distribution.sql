-- One row per location where a card was used and day. Amounts are in the reporting currency.
{{ config(
    materialized='incremental',
    incremental_strategy='replace_days',
    on_schema_change='fail',
    sort='transaction_date',
    meta={'days_of': {'fact_transaction': 'transaction_date'}},
) }}

with

transactions as (
    select *
    from {{ ref('fact_transaction') }}
    where {{ on_changed_days(ref('fact_transaction')) }}
),

locations as (select * from {{ ref('dim_location') }}),

final as (
    select
        transactions.location_id,
        {{ date_id('transactions.transaction_date') }} as date_id,

        locations.country,
        locations.state,
        locations.city,
        transactions.transaction_date,

        count(*) as transaction_count,
        cast(sum(case when transactions.is_completed then 1 else 0 end) as bigint) as completed_count,
        count(distinct transactions.customer_id) as customer_count,
        cast(
            sum(case when transactions.is_completed then transactions.transaction_amount_reporting else 0 end)
            as decimal(38, 2)
        ) as completed_amount_reporting,
        cast(
            sum(
                case
                    when transactions.is_completed and transactions.transaction_amount_reporting is null then 1
                    else 0
                end
            ) as bigint
        ) as unconverted_count,

        max(transactions._built_at) as _built_at
    from transactions
    inner join locations on transactions.location_id = locations.location_id
    group by
        transactions.location_id,
        locations.country,
        locations.state,
        locations.city,
        transactions.transaction_date
)

{{ fingerprinted('final') }}
