{#
    The amounts of an order line that are converted into the reporting currency, by their names in fact_sales: an SQL
    expression over the columns of silver. Rounding is not among them: it has more decimals.

    line: alias of the rows of silver.
#}
{% macro sales_amounts(line) %}
    {{- expect_expression('sales_amounts', 'line', line) -}}
    {{ return({
        'gross_revenue': line ~ '.gross_amount',
        'discount_amount': line ~ '.discount_amount',
        'tax_amount': line ~ '.tax_amount',
        'shipping_charged_to_customer': line ~ '.shipping_charged_to_customer',
        'actual_shipping_cost': line ~ '.actual_shipping_cost',
        'payment_fee_amount': 'coalesce(' ~ line ~ '.payment_fee_amount, 0)',
        'platform_fee_amount': 'coalesce(' ~ line ~ '.platform_fee_amount, 0)',
    }) }}
{% endmacro %}


{# The condition that an order line of silver takes back goods, or pays back money without goods. #}
{% macro takes_back(line) -%}
    {{- expect_expression('takes_back', 'line', line) -}}
    {{ line }}.quantity < 0 or {{ line }}.quantity = 0 and {{ line }}.returned_line_id is not null
{%- endmacro %}
