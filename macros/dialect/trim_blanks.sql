{# A text without surrounding spaces and tabs. Landing ignores both around amounts, so silver does the same. #}
{% macro trim_blanks(text) -%}
    {{- expect_expression('trim_blanks', 'text', text) -}}
    {{ adapter.dispatch('trim_blanks', 'tieout')(text) }}
{%- endmacro %}


{% macro duckdb__trim_blanks(text) -%}
    trim({{ text }}, ' ' || chr(9))
{%- endmacro %}


{% macro redshift__trim_blanks(text) -%}
    btrim({{ text }}, ' ' || chr(9))
{%- endmacro %}
