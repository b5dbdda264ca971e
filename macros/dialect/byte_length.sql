{# The number of bytes of a text in UTF-8. Redshift measures a varchar in bytes. #}
{% macro byte_length(text) -%}
    {{- expect_expression('byte_length', 'text', text) -}}
    {{ adapter.dispatch('byte_length', 'tieout')(text) }}
{%- endmacro %}


{# DuckDB's octet_length takes only blobs. #}
{% macro duckdb__byte_length(text) -%}
    strlen({{ text }})
{%- endmacro %}


{% macro redshift__byte_length(text) -%}
    octet_length({{ text }})
{%- endmacro %}
