{#
    An amount in the reporting currency, rounded to cents; null without a rate, and if the result has more digits than an
    amount can have, so that one wrong rate does not stop the load of all other rows. Cast to 19 digits, because DuckDB
    multiplies decimals of up to 18 digits in 64 bits, which can overflow.
#}
{% macro in_usd(amount, rate_to_usd) -%}
    {%- set converted = 'round(cast(' ~ amount ~ ' as decimal(19, 2)) * ' ~ rate_to_usd ~ ', 2)' %}
    cast(case when abs({{ converted }}) < 10000000000000000 then {{ converted }} end as decimal(18, 2))
{%- endmacro %}
