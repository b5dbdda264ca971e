{{ config(dist='merchant_id') }}

with

merchant_history as (select * from {{ ref('dim_merchant_history') }}),

final as (
    select
        merchant_id,
        merchant_sk,
        location_id,
        delivered_location_id,

        merchant_name,
        merchant_category,
        is_deleted,
        updated_at,

        _loaded_at
    from merchant_history
    where is_current
)

select * from final
