-- Every state of a product that the source has sent: one row per product and update time.
{{ config(unique_key=['product_id', 'updated_at']) }}

with

base_products as (select * from {{ ref('base_commerce__products') }}),

accepted as (
    select
        product_id,

        product_name,
        category,
        brand,
        updated_at,

        list_price,

        _source_file,
        _source_line,
        _arrived_on,
        _loaded_at,
        _row_hash
    from base_products
    where
        _failed_rules = ''
        and {{ loaded_since_last_run() }}
),

ranked as (
    {{ latest_version('accepted', key=['product_id', 'updated_at']) }}
),

final as (
    select
        product_id,

        product_name,
        category,
        brand,
        updated_at,

        list_price,

        _source_file,
        _source_line,
        _arrived_on,
        _loaded_at,
        _row_hash
    from ranked
    where version_rank = 1
)

select * from final
