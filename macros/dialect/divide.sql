{#
    A quotient that is the same on both engines: exact, rounded half away from zero to a number of decimals; null where
    either side is null or the denominator is zero. By default DuckDB divides decimals as floats, Redshift keeps few decimals,
    and the engines divide integers differently. Both sides keep six decimals and 22 digits before them.
#}
{% macro divide(numerator, denominator, decimals) -%}
    {{- expect_expression('divide', 'numerator', numerator) -}}
    {{- expect_expression('divide', 'denominator', denominator) -}}
    {{- expect_integer('divide', 'decimals', decimals, 0, 9) -}}
    {{ adapter.dispatch('divide', 'tieout')(numerator, denominator, decimals) }}
{%- endmacro %}


{# Rounds with integers: (2 * quotient + 1) / 2. #}
{% macro duckdb__divide(numerator, denominator, decimals) -%}
    {%- set top = "cast(cast(" ~ numerator ~ " as decimal(28, 6)) * 1000000 as hugeint)" -%}
    {%- set bottom = "cast(cast(" ~ denominator ~ " as decimal(28, 6)) * 1000000 as hugeint)" -%}
    cast(
        cast(
            sign({{ top }}) * sign({{ bottom }})
            * ((2 * abs({{ top }}) * {{ 10 ** decimals }} + abs({{ bottom }})) // nullif(2 * abs({{ bottom }}), 0))
            as decimal(38, 0)
        ) * cast({{ '%.9f' | format(10 ** -decimals) }} as decimal(10, {{ decimals }}))
        as decimal(38, {{ decimals }})
    )
{%- endmacro %}


{#
    Both sides have 22 digits before the decimal point, so by Redshift's rules the quotient keeps 10 decimals, one more than
    the macro allows. The 16 decimals of the numerator make PostgreSQL, and so the stand-in, keep enough decimals too.
#}
{% macro redshift__divide(numerator, denominator, decimals) -%}
    cast(
        round(
            cast({{ numerator }} as decimal(38, 16)) / nullif(cast({{ denominator }} as decimal(28, 6)), 0),
            {{ decimals }}
        ) as decimal(38, {{ decimals }})
    )
{%- endmacro %}
