-- Delivered order lines: every delivered row exactly once, typed and judged by the contract and by the rules below.
{% set special_rules = {
    'gross_amount_not_quantity_times_price':
        'quantity > 0 and unit_price > 0 and gross_amount > 0 '
        ~ 'and gross_amount <> quantity * cast(unit_price as decimal(19, 2))',
    'discount_amount_above_gross_amount': 'gross_amount > 0 and discount_amount > gross_amount',
} %}
{{ config(
    meta={'entity': 'commerce.sales', 'rules': special_rules},
    dist='order_line_id',
    sort='_loaded_at',
) }}

with

channels as (select * from {{ ref('channels') }}),

delivered as (
    {{ delivered_rows('commerce', 'sales') }}
),

typed as (
    {{ typed_rows('delivered', 'commerce', 'sales') }}
),

judged as (
    {{ judged_rows('commerce', 'sales', special_rules) }}
),

final as (
    select
        {{ base_columns('commerce', 'sales') }}
    from judged
)

select * from final
