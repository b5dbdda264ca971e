{# English names, such as Monday and January. Redshift's to_char pads them with blanks; DuckDB has no to_char. #}
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


{# 1 is Monday, 7 is Sunday. `dow` starts with 0 for Sunday on both engines; Redshift has no `isodow`. #}
{% macro iso_day_of_week(date) -%}
    {{- expect_expression('iso_day_of_week', 'date', date) -}}
    cast((extract(dow from {{ date }}) + 6) % 7 + 1 as integer)
{%- endmacro %}
