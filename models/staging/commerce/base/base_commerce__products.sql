-- Delivered products: every delivered row exactly once, typed and judged by the contract.
{{ config(meta={'entity': 'commerce.products'}, dist='product_id') }}

with

product_categories as (select * from {{ ref('product_categories') }}),

delivered as (
    {{ delivered_rows('commerce', 'products') }}
),

typed as (
    {{ typed_rows('delivered', 'commerce', 'products') }}
),

judged as (
    {{ judged_rows('commerce', 'products') }}
),

final as (
    select
        {{ base_columns('commerce', 'products') }}
    from judged
)

select * from final
