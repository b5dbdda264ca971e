-- Delivered daily balances: every delivered row exactly once, typed and judged by the contract.
{{ config(
    meta={'entity': 'banking.daily_balances'},
    dist='account_id',
    sort='_loaded_at',
) }}

with

currencies as (select * from {{ ref('currencies') }}),

delivered as (
    {{ delivered_rows('banking', 'daily_balances') }}
),

typed as (
    {{ typed_rows('delivered', 'banking', 'daily_balances') }}
),

judged as (
    {{ judged_rows('banking', 'daily_balances') }}
),

final as (
    select
        {{ base_columns('banking', 'daily_balances') }}
    from judged
)

select * from final
