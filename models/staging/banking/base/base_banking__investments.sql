-- Delivered investments: every delivered row exactly once, typed and judged by the contract.
{{ config(meta={'entity': 'banking.investments'}, dist='investment_id') }}

with

investment_types as (select * from {{ ref('investment_types') }}),

currencies as (select * from {{ ref('currencies') }}),

delivered as (
    {{ delivered_rows('banking', 'investments') }}
),

typed as (
    {{ typed_rows('delivered', 'banking', 'investments') }}
),

judged as (
    {{ judged_rows('banking', 'investments') }}
),

final as (
    select
        {{ base_columns('banking', 'investments') }}
    from judged
)

select * from final
