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
    {%- if names | sort != declared_columns(model).keys() | sort -%}
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


{#
    The columns of a model and the type that is declared for each: those of its YAML and, in silver, those of the bronze contract
    of its entity. A column without a declared type has none.

    node: the model.
#}
{% macro declared_columns(node) %}
    {%- set declared = {} -%}
    {%- for column in node.columns.values() -%}
        {%- do declared.update({column.name | lower: column.data_type}) -%}
    {%- endfor -%}
    {%- set entity = (node.config.meta or {}).get('entity') -%}
    {%- if entity -%}
        {%- set domain, name = entity.split('.') -%}
        {%- for column in delivered_columns(domain, name) -%}
            {%- do declared.update({column.name: column.get('type')}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(declared) }}
{% endmacro %}
