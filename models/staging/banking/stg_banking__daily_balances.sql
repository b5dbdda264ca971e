-- The latest accepted row of each daily balance: one row per account and day.
{{ config(
    meta={'entity': 'banking.daily_balances'},
    unique_key=['account_id', 'balance_date'],
    dist='account_id',
    sort='_loaded_at',
) }}

with

base_daily_balances as (select * from {{ ref('base_banking__daily_balances') }}),

accepted as (
    {{ accepted_rows('base_daily_balances', 'banking', 'daily_balances') }}
),

final as (
    {{ latest_version('accepted', 'banking', 'daily_balances') }}
)

select * from final
