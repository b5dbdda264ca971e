{# How many bytes a text takes in UTF-8, by which Redshift measures a varchar. #}
{% macro byte_length(text) -%}
    {{- expect_expression('byte_length', 'text', text) -}}
    {{ adapter.dispatch('byte_length', 'tieout')(text) }}
{%- endmacro %}


{# octet_length is for blobs alone on DuckDB. #}
{% macro duckdb__byte_length(text) -%}
    strlen({{ text }})
{%- endmacro %}


{% macro redshift__byte_length(text) -%}
    octet_length({{ text }})
{%- endmacro %}
