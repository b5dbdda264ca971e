-- The latest accepted row of each unit cost: one row per product and effective date.
{{ config(meta={'entity': 'commerce.cost_of_goods'}, unique_key=['product_id', 'effective_date'], dist='all') }}

with

base_cost_of_goods as (select * from {{ ref('base_commerce__cost_of_goods') }}),

accepted as (
    {{ accepted_rows('base_cost_of_goods', 'commerce', 'cost_of_goods') }}
),

final as (
    {{ latest_version('accepted', 'commerce', 'cost_of_goods') }}
)

select * from final
