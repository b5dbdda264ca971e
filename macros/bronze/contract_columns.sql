{# The columns of a bronze entity in order, from its contract in models/bronze; `delivered_only` leaves out what landing adds. #}
{% macro contract_columns(domain, entity, delivered_only=false) %}
    {%- if not execute -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set columns = [] -%}
    {%- for column in bronze_entity(domain, entity).columns.values() -%}
        {%- if not (delivered_only and column.meta.get('added_by') == 'landing') -%}
            {%- do columns.append(column.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(columns) }}
{% endmacro %}


{# The entity's source node; a compiler error where the contract has no such entity. #}
{% macro bronze_entity(domain, entity) %}
    {%- set node = graph.sources.get('source.' ~ project_name ~ '.' ~ domain ~ '.' ~ entity) -%}
    {%- if not node -%}
        {{ exceptions.raise_compiler_error(
            "The bronze contract has no entity '" ~ domain ~ "." ~ entity ~ "'; entities stand in models/bronze/*.yml"
        ) }}
    {%- endif -%}
    {{ return(node) }}
{% endmacro %}


{# Names of the columns of an entity that the contract tags as PII, direct or quasi. #}
{% macro pii_columns(domain, entity) %}
    {{ return(contract_columns_with(domain, entity, 'pii')) }}
{% endmacro %}


{# Names of the money columns of an entity: those with control totals. #}
{% macro contract_money_columns(domain, entity) %}
    {{ return(contract_columns_with(domain, entity, 'money')) }}
{% endmacro %}


{% macro contract_columns_with(domain, entity, meta_key) %}
    {%- if not execute -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set columns = [] -%}
    {%- for column in bronze_entity(domain, entity).columns.values() if column.meta.get(meta_key) -%}
        {%- do columns.append(column.name) -%}
    {%- endfor -%}
    {{ return(columns) }}
{% endmacro %}
