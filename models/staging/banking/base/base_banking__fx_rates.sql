-- Delivered FX rates: every delivered row exactly once, typed and judged by the contract.
{{ config(meta={'entity': 'banking.fx_rates'}, dist='all') }}

with

currencies as (select * from {{ ref('currencies') }}),

delivered as (
    {{ delivered_rows('banking', 'fx_rates') }}
),

typed as (
    {{ typed_rows('delivered', 'banking', 'fx_rates') }}
),

judged as (
    {{ judged_rows('banking', 'fx_rates') }}
),

final as (
    select
        {{ base_columns('banking', 'fx_rates') }}
    from judged
)

select * from final
