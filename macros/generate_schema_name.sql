{# Schemas are <env>_bronze, <env>_silver, <env>_gold and <env>_audit, whoever runs dbt: the env is the target's name. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ target.name }}_{{ (custom_schema_name or 'silver') | trim }}
{%- endmacro %}
