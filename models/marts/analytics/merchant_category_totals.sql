-- One row per merchant category and day: the sums that merchant_category_spend compares.
{{ config(
    materialized='incremental',
    incremental_strategy='replace_days',
    on_schema_change='fail',
    dist='all',
    sort='transaction_date',
    meta={'days_of': {'merchant_daily_revenue': 'transaction_date'}},
) }}

{% set changed_days = days_to_rebuild(
    ref('merchant_daily_revenue'), counted='sum(transaction_count)'
) if is_incremental() else [] %}

with

merchant_daily_revenue as (
    select *
    from {{ ref('merchant_daily_revenue') }}
    where {{ in_days('transaction_date', changed_days, exact=true) if is_incremental() else 'true' }}
),

final as (
    select
        merchant_category,
        date_id,

        transaction_date,

        cast(sum(transaction_count) as bigint) as transaction_count,
        cast(sum(completed_count) as bigint) as completed_count,
        cast(sum(revenue_reporting) as decimal(38, 2)) as spend_amount_reporting,
        cast(sum(unconverted_count) as bigint) as unconverted_count,

        max(_built_at) as _built_at
    from merchant_daily_revenue
    group by
        merchant_category,
        date_id,
        transaction_date
)

{{ fingerprinted('final') }}
