-- One row per product of the shop: the current version.
{{ config(dist='product_key') }}

with

product_history as (select * from {{ ref('dim_product_history') }}),

final as (
    select
        product_key,
        product_id,
        product_sk,

        product_name,
        product_category,
        brand,
        is_deleted,
        updated_at,

        list_price,

        _loaded_at
    from product_history
    where is_current
)

select * from final
