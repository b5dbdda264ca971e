{#
    The rate from one currency to another by their rates to a third one: exact, rounded half away from zero to ten decimals,
    as rates are delivered. Null where the result has more than eight digits before the point, or is too small for ten
    decimals: a rate of zero would make amounts vanish. Both engines would round, or keep decimals, in their own way.

    rate, other_rate: SQL expressions of positive rates, decimal(18, 10).
#}
{% macro cross_rate(rate, other_rate) -%}
    {{- expect_expression('cross_rate', 'rate', rate) -}}
    {{- expect_expression('cross_rate', 'other_rate', other_rate) -}}
    {{ adapter.dispatch('cross_rate', 'tieout')(rate, other_rate) }}
{%- endmacro %}


{# Rounds with integers: (2 * quotient + 1) / 2. 37 digits at most before the division, of the 38 of a hugeint. #}
{% macro duckdb__cross_rate(rate, other_rate) -%}
    {%- set top = "cast(cast(" ~ rate ~ " as decimal(18, 10)) * 10000000000 as hugeint)" -%}
    {%- set bottom = "cast(cast(" ~ other_rate ~ " as decimal(18, 10)) * 10000000000 as hugeint)" -%}
    {%- set units = "(2 * " ~ top ~ " * 10000000000 + " ~ bottom ~ ") // nullif(2 * " ~ bottom ~ ", 0)" -%}
    cast(
        case
            when {{ units }} between 1 and 999999999999999999
                then cast({{ units }} as decimal(18, 0)) * cast(0.0000000001 as decimal(10, 10))
        end
        as decimal(18, 10)
    )
{%- endmacro %}


{#
    A numerator with 8 digits before the point and 20 decimals, and a denominator of 18 digits with 10 decimals: by Redshift's
    rules the quotient has 38 digits, 18 before the point and 20 after it. PostgreSQL, and so the stand-in, keeps the
    decimals of the numerator.
#}
{% macro redshift__cross_rate(rate, other_rate) -%}
    {%- set quotient -%}
        round(
            cast({{ rate }} as decimal(28, 20)) / nullif(cast({{ other_rate }} as decimal(18, 10)), 0),
            10
        )
    {%- endset -%}
    cast(
        case when {{ quotient }} > 0 and {{ quotient }} < 100000000 then {{ quotient }} end
        as decimal(18, 10)
    )
{%- endmacro %}
