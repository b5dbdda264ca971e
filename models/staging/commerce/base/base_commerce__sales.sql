-- Delivered order lines: every delivered row exactly once, typed and judged by the contract and by the rules below.
-- A line that takes goods back has a negative quantity and negative amounts. A unit price that the source has rounded
-- to whole cents is at most half a cent away, and so is the amount per unit.
-- A line without goods has amounts of its order: a discount, tax, shipping, fees; if it names what it pays back, also a
-- negative amount. It names its currency, so a quantity of 0 in a file of an earlier contract is an error as before.
{% set without_goods = 'quantity = 0 and currency is not null' %}
{% set special_rules = {
    'quantity_zero':
        'quantity = 0 and (currency is null or gross_amount = 0 and discount_amount = 0 and tax_amount = 0 '
        ~ 'and shipping_charged_to_customer = 0 and actual_shipping_cost = 0 '
        ~ 'and coalesce(payment_fee_amount, 0) = 0 and coalesce(platform_fee_amount, 0) = 0)',
    'gross_amount_wrong_sign':
        'quantity > 0 and gross_amount < 0 or quantity < 0 and gross_amount > 0 or ' ~ without_goods
        ~ ' and (gross_amount > 0 or gross_amount < 0 and returned_line_id is null)',
    'gross_amount_not_quantity_times_price':
        'unit_price >= 0 and (quantity > 0 and gross_amount >= 0 or quantity < 0 and gross_amount <= 0) '
        ~ 'and abs(gross_amount - quantity * cast(unit_price as decimal(19, 6))) > 0.005 * abs(quantity)',
    'discount_amount_wrong_sign':
        'discount_amount < 0 and (quantity > 0 or ' ~ without_goods ~ ' and returned_line_id is null) '
        ~ 'or discount_amount > 0 and (quantity < 0 or ' ~ without_goods ~ ' and returned_line_id is not null)',
    'discount_amount_above_gross_amount':
        'abs(discount_amount) > abs(gross_amount) and not (' ~ without_goods ~ ' and returned_line_id is null)',
    'tax_amount_wrong_sign': 'quantity > 0 and tax_amount < 0 or quantity < 0 and tax_amount > 0',
    'shipping_charged_to_customer_negative': 'quantity > 0 and shipping_charged_to_customer < 0',
    'actual_shipping_cost_negative': 'quantity > 0 and actual_shipping_cost < 0',
    'payment_fee_amount_negative': 'quantity > 0 and payment_fee_amount < 0',
    'platform_fee_amount_negative': 'quantity > 0 and platform_fee_amount < 0',
} %}
{{ config(
    meta={'entity': 'commerce.sales', 'rules': special_rules},
    dist='order_line_id',
    sort='_loaded_at',
) }}

with

channels as (select * from {{ ref('channels') }}),

currencies as (select * from {{ ref('currencies') }}),

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
