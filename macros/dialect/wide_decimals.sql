{#
    Decimals that may need more than 19 digits, such as sums of fingerprints or of amounts weighted with a number. By one page
    of Redshift's guide, `case`, `coalesce` and set operators return 19 digits at most and overflow beyond; by another page
    they return 38. So there such decimals pass as texts, which is exact. A sum alone has 38 digits by both pages.
#}

{# A decimal as an operand of `union all` or `case`. The result must be cast to its decimal type afterwards. #}
{% macro wide_value(number) -%}
    {{- expect_expression('wide_value', 'number', number) -}}
    {{ adapter.dispatch('wide_value', 'tieout')(number) }}
{%- endmacro %}


{% macro duckdb__wide_value(number) -%}
    {{ number }}
{%- endmacro %}


{% macro redshift__wide_value(number) -%}
    cast({{ number }} as varchar(64))
{%- endmacro %}


{# A decimal, or 0 where it is null, as a decimal(38, 2). #}
{% macro wide_or_zero(number) -%}
    {{- expect_expression('wide_or_zero', 'number', number) -}}
    {{ adapter.dispatch('wide_or_zero', 'tieout')(number) }}
{%- endmacro %}


{% macro duckdb__wide_or_zero(number) -%}
    cast(coalesce({{ number }}, 0) as decimal(38, 2))
{%- endmacro %}


{% macro redshift__wide_or_zero(number) -%}
    cast(coalesce(cast({{ number }} as varchar(64)), '0') as decimal(38, 2))
{%- endmacro %}


{# A decimal where a condition is true, otherwise 0, as a decimal(38, 2). #}
{% macro wide_when(condition, number) -%}
    {{- expect_expression('wide_when', 'condition', condition) -}}
    {{- expect_expression('wide_when', 'number', number) -}}
    {{ adapter.dispatch('wide_when', 'tieout')(condition, number) }}
{%- endmacro %}


{% macro duckdb__wide_when(condition, number) -%}
    cast(case when {{ condition }} then {{ number }} else 0 end as decimal(38, 2))
{%- endmacro %}


{% macro redshift__wide_when(condition, number) -%}
    cast(case when {{ condition }} then cast({{ number }} as varchar(64)) else '0' end as decimal(38, 2))
{%- endmacro %}
