{# English names, as Monday and January: to_char pads them with blanks on Redshift, DuckDB has no to_char. #}
{% macro day_name(date) -%}
    {{- expect_expression('day_name', 'date', date) -}}
    {{ adapter.dispatch('day_name', 'tieout')(date) }}
{%- endmacro %}


{% macro duckdb__day_name(date) -%}
    dayname({{ date }})
{%- endmacro %}


{% macro redshift__day_name(date) -%}
    rtrim(to_char({{ date }}, 'Day'))
{%- endmacro %}


{% macro month_name(date) -%}
    {{- expect_expression('month_name', 'date', date) -}}
    {{ adapter.dispatch('month_name', 'tieout')(date) }}
{%- endmacro %}


{% macro duckdb__month_name(date) -%}
    monthname({{ date }})
{%- endmacro %}


{% macro redshift__month_name(date) -%}
    rtrim(to_char({{ date }}, 'Month'))
{%- endmacro %}


{# 1 Monday to 7 Sunday: `dow` counts from Sunday = 0 on both engines, `isodow` is unknown to Redshift. #}
{% macro iso_day_of_week(date) -%}
    {{- expect_expression('iso_day_of_week', 'date', date) -}}
    cast((extract(dow from {{ date }}) + 6) % 7 + 1 as integer)
{%- endmacro %}
