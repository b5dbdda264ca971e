{# Every match of a POSIX regular expression in a text, replaced. #}
{% macro replace_pattern(text, pattern, replacement) -%}
    {{ adapter.dispatch('replace_pattern', 'tieout')(text, pattern, replacement) }}
{%- endmacro %}


{# DuckDB replaces the first match only, unless told 'g'. #}
{% macro duckdb__replace_pattern(text, pattern, replacement) -%}
    regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement }}', 'g')
{%- endmacro %}


{# Redshift reads a backslash in a literal as an escape, so each one is written twice. #}
{% macro redshift__replace_pattern(text, pattern, replacement) -%}
    regexp_replace({{ text }}, '{{ pattern | replace('\\', '\\\\') }}', '{{ replacement }}')
{%- endmacro %}
