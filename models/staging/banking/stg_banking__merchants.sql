-- The newest version of each merchant: one row per merchant. A view, because no model reads it but the audit.
{{ config(materialized='view', meta={'entity': 'banking.merchants'}) }}

with

merchant_versions as (select * from {{ ref('stg_banking__merchant_versions') }}),

final as (
    {{ newest_versions('merchant_versions', 'banking', 'merchants') }}
)

select * from final
