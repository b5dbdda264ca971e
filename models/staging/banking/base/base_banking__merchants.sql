-- Delivered merchants: every delivered row exactly once, typed and judged by the contract.
{{ config(meta={'entity': 'banking.merchants'}, dist='merchant_id') }}

with

merchant_categories as (select * from {{ ref('merchant_categories') }}),

delivered as (
    {{ delivered_rows('banking', 'merchants') }}
),

typed as (
    {{ typed_rows('delivered', 'banking', 'merchants') }}
),

judged as (
    {{ judged_rows('banking', 'merchants') }}
),

final as (
    select
        {{ base_columns('banking', 'merchants') }}
    from judged
)

select * from final
