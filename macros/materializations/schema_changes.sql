{#
    Whether the rows of an incremental model have other columns than its table. dbt looks up both in the catalog, which is
    slow on Redshift. The columns of the rows are known: the YAML of the model and the bronze contract name them. So the table
    alone is looked up, and dbt's own comparison follows only if it lacks a column or has one more.

    source_relation: the temporary table with the rows.
    target_relation: the table of the model.
#}
{% macro default__check_for_schema_changes(source_relation, target_relation) %}
    {%- set target_columns = adapter.get_columns_in_relation(target_relation) -%}
    {%- set names = target_columns | map(attribute='name') | map('lower') | list -%}
    {%- if names | sort != columns_by_contract() | sort -%}
        {{ return(dbt.default__check_for_schema_changes(source_relation, target_relation)) }}
    {%- endif -%}
    {{ return({
        'schema_changed': false,
        'source_not_in_target': [],
        'target_not_in_source': [],
        'source_columns': target_columns,
        'target_columns': target_columns,
        'new_target_types': [],
    }) }}
{% endmacro %}


{# The names of the columns of this model, from its YAML, and in silver also from the bronze contract of its entity. #}
{% macro columns_by_contract() %}
    {%- set names = model.columns.keys() | map('lower') | list -%}
    {%- set entity = (model.config.meta or {}).get('entity') -%}
    {%- if entity -%}
        {%- set domain, name = entity.split('.') -%}
        {%- for column in contract_columns(domain, name, delivered_only=true) if column not in names -%}
            {%- do names.append(column) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(names) }}
{% endmacro %}
