{# The columns of a key, as audited_entities gives them, as one text; null where one of them is null. #}
{% macro business_key(key) -%}
    {%- if key is not string or not key -%}
        {{ exceptions.raise_compiler_error("business_key: key is a text of column names, not " ~ key) }}
    {%- endif -%}
    {%- for column in key.split(', ') -%}
        cast({{ column }} as varchar(256)){{ " || '/' || " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
