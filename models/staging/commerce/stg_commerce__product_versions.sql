-- Every version of a product: one row per product and update time from which its content held.
{{ config(meta={'entity': 'commerce.products'}, unique_key=['product_id'], dist='product_id') }}

with

base_products as (select * from {{ ref('base_commerce__products') }}),

{{ version_steps('base_products', 'commerce', 'products') }}

final as (
    select * from versions
)

select * from final
