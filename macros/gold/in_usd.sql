{#
    An amount in the reporting currency, rounded to cents; null without a rate, and if the result has more digits than an
    amount can have, so that one wrong rate does not stop the load of all other rows. Cast to 19 digits, because DuckDB
    multiplies decimals of up to 18 digits in 64 bits, which can overflow.
#}
{% macro in_usd(amount, currency, rate_to_usd) -%}
    {{- expect_expression('in_usd', 'amount', amount) -}}
    {%- set converted = 'round(cast(' ~ amount ~ ' as decimal(19, 2)) * ' ~ usd_rate(currency, rate_to_usd) ~ ', 2)' %}
    cast(case when abs({{ converted }}) < 10000000000000000 then {{ converted }} end as decimal(18, 2))
{%- endmacro %}


{#
    The rate of a currency: 1 for US dollars, which need no delivered rate.

    currency: SQL expression of a currency code.
    rate_to_usd: SQL expression of the delivered rate; null where there is none.
#}
{% macro usd_rate(currency, rate_to_usd) -%}
    {{- expect_expression('usd_rate', 'currency', currency) -}}
    {{- expect_expression('usd_rate', 'rate_to_usd', rate_to_usd) -}}
    cast(case when {{ currency }} = 'USD' then 1 else {{ rate_to_usd }} end as decimal(18, 10))
{%- endmacro %}
