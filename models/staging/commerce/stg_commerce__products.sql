-- The latest state of each product: one row per product.
{{ config(unique_key=['product_id']) }}

with

product_versions as (select * from {{ ref('stg_commerce__product_versions') }}),

changed as (
    select *
    from product_versions
    where {{ loaded_since_last_run() }}
),

ranked as (
    {{ latest_version('changed', key=['product_id']) }}
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
