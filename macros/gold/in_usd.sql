{#
    An amount in the reporting currency, rounded to cents; null where the day has no rate. With 19 digits, because DuckDB
    multiplies decimals of up to 18 digits in 64 bits, which overflow.
#}
{% macro in_usd(amount, rate_to_usd) -%}
    cast(round(cast({{ amount }} as decimal(19, 2)) * {{ rate_to_usd }}, 2) as decimal(18, 2))
{%- endmacro %}
