-- One row per product and day from which a unit cost is valid. A cost is valid until the next one. Before the first
-- cost, none is known.
{{ config(dist='all') }}

with

costs as (select * from {{ ref('stg_commerce__cost_of_goods') }}),

products as (select * from {{ ref('dim_product') }}),

intervals as (
    select
        product_id,
        unit_cost,
        updated_at,
        effective_date as valid_from,
        coalesce(
            lead(effective_date) over (partition by product_id order by effective_date),
            cast({{ end_of_time() }} as date)
        ) as valid_to,
        _loaded_at
    from costs
),

final as (
    select
        coalesce(products.product_key, 'unknown') as product_key,

        intervals.product_id as delivered_product_id,
        intervals.updated_at,

        intervals.unit_cost,

        intervals.valid_from,
        intervals.valid_to,
        intervals._loaded_at
    from intervals
    left join products on intervals.product_id = products.product_id
)

select * from final
