{# A model without a layer of its own is in silver. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ layer_schema((custom_schema_name or 'silver') | trim) }}
{%- endmacro %}
