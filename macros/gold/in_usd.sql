{# An amount in the reporting currency, rounded to cents; null where the day has no rate. #}
{% macro in_usd(amount, rate_to_usd) -%}
    cast(round({{ amount }} * {{ rate_to_usd }}, 2) as decimal(18, 2))
{%- endmacro %}
