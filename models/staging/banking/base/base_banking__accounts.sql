-- Delivered accounts: every delivered row exactly once, typed and judged by the contract.
{{ config(meta={'entity': 'banking.accounts'}, dist='account_id') }}

with

account_types as (select * from {{ ref('account_types') }}),

currencies as (select * from {{ ref('currencies') }}),

account_statuses as (select * from {{ ref('account_statuses') }}),

delivered as (
    {{ delivered_rows('banking', 'accounts') }}
),

typed as (
    {{ typed_rows('delivered', 'banking', 'accounts') }}
),

judged as (
    {{ judged_rows('banking', 'accounts') }}
),

final as (
    select
        {{ base_columns('banking', 'accounts') }}
    from judged
)

select * from final
