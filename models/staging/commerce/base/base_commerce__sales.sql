-- Delivered order lines: every delivered row exactly once, typed and judged by the contract and by the rules below.
-- A line that takes goods back has a negative quantity and negative amounts. A unit price that the source has rounded
-- to whole cents is at most half a cent away, and so is the amount per unit.
{% set special_rules = {
    'quantity_zero': 'quantity = 0',
    'gross_amount_wrong_sign': 'quantity > 0 and gross_amount < 0 or quantity < 0 and gross_amount > 0',
    'gross_amount_not_quantity_times_price':
        'unit_price >= 0 and (quantity > 0 and gross_amount >= 0 or quantity < 0 and gross_amount <= 0) '
        ~ 'and abs(gross_amount - quantity * cast(unit_price as decimal(19, 6))) > 0.005 * abs(quantity)',
    'discount_amount_wrong_sign': 'quantity > 0 and discount_amount < 0 or quantity < 0 and discount_amount > 0',
    'discount_amount_above_gross_amount': 'abs(discount_amount) > abs(gross_amount)',
    'tax_amount_wrong_sign': 'quantity > 0 and tax_amount < 0 or quantity < 0 and tax_amount > 0',
    'shipping_charged_to_customer_negative': 'quantity > 0 and shipping_charged_to_customer < 0',
    'actual_shipping_cost_negative': 'quantity > 0 and actual_shipping_cost < 0',
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
