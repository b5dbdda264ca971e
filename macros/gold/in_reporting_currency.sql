{#
    An amount in the reporting currency, rounded to its decimals; null without a rate, and if the result has more digits than
    an amount can have, so that one wrong rate does not stop the load of all other rows. Cast to 19 digits, because DuckDB
    multiplies decimals of up to 18 digits in 64 bits, which can overflow.

    decimals: of the amount and of the result, at most 10.
#}
{% macro in_reporting_currency(amount, currency, rate, decimals=2) -%}
    {{- expect_expression('in_reporting_currency', 'amount', amount) -}}
    {%- if decimals is not number or not 0 <= decimals <= 10 -%}
        {{ exceptions.raise_compiler_error("in_reporting_currency: decimals is " ~ decimals ~ ". Give a number from 0 to 10.") }}
    {%- endif -%}
    {%- set value = 'cast(' ~ amount ~ ' as decimal(19, ' ~ decimals ~ '))' -%}
    {%- set converted = 'round(' ~ value ~ ' * ' ~ reporting_rate(currency, rate) ~ ', ' ~ decimals ~ ')' %}
    cast(
        case when abs({{ converted }}) < 1{{ '0' * (18 - decimals) }} then {{ converted }} end
        as decimal(18, {{ decimals }})
    )
{%- endmacro %}


{#
    The rate of a currency to the reporting currency: 1 for the reporting currency itself, which needs no rate.

    currency: SQL expression of a currency code.
    rate: SQL expression of its rate; null where it is not known.
#}
{% macro reporting_rate(currency, rate) -%}
    {{- expect_expression('reporting_rate', 'currency', currency) -}}
    {{- expect_expression('reporting_rate', 'rate', rate) -}}
    cast(case when {{ currency }} = {{ quoted(reporting_currency()) }} then 1 else {{ rate }} end as decimal(18, 10))
{%- endmacro %}
