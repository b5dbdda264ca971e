-- The newest version of each product: one row per product. A view, because no model reads it but the audit.
{{ config(materialized='view', meta={'entity': 'commerce.products'}) }}

with

product_versions as (select * from {{ ref('stg_commerce__product_versions') }}),

final as (
    {{ newest_versions('product_versions', 'commerce', 'products') }}
)

select * from final
