-- Every version of a merchant: one row per merchant and update time from which its content held.
{{ config(meta={'entity': 'banking.merchants'}, unique_key=['merchant_id'], dist='merchant_id') }}

with

base_merchants as (select * from {{ ref('base_banking__merchants') }}),

{{ version_steps('base_merchants', 'banking', 'merchants') }}

final as (
    select * from versions
)

select * from final
