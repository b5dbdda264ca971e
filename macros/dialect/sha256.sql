{# SHA-256 of a text, as 64 lower-case hexadecimal digits. #}
{% macro sha256(text) -%}
    {{- expect_expression('sha256', 'text', text) -}}
    {{ adapter.dispatch('sha256', 'tieout')(text) }}
{%- endmacro %}


{% macro duckdb__sha256(text) -%}
    sha256({{ text }})
{%- endmacro %}


{% macro redshift__sha256(text) -%}
    sha2({{ text }}, 256)
{%- endmacro %}
