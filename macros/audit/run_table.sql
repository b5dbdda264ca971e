{#
    A table that the end of each run writes to. If it does not exist, it is created from the contract of its model: the run
    may have selected other models, or failed before it reached this one.

    name: the model's name.
#}
{% macro run_table(name) %}
    {%- set table = run_relation(name) -%}
    {%- if not load_relation(table) -%}
        {%- set model = graph.nodes['model.' ~ project_name ~ '.' ~ name] -%}
        {%- set columns = [] -%}
        {%- for column in model.columns.values() -%}
            {%- do columns.append(column.name ~ ' ' ~ column.data_type) -%}
        {%- endfor -%}
        {%- do run_query("create schema if not exists " ~ model.schema) -%}
        {%- do run_query("create table " ~ table ~ " (" ~ columns | join(', ') ~ ")") -%}
        {%- do run_query("commit") if target.type == 'redshift' -%}
    {%- endif -%}
    {{ return(table) }}
{% endmacro %}


{# The relation of such a table, whether it exists or not. #}
{% macro run_relation(name) %}
    {%- set model = graph.nodes['model.' ~ project_name ~ '.' ~ name] -%}
    {{ return(api.Relation.create(database=model.database, schema=model.schema, identifier=model.alias)) }}
{% endmacro %}


{# The columns of such a table, joined by commas. #}
{% macro run_table_columns(name) %}
    {{ return(graph.nodes['model.' ~ project_name ~ '.' ~ name].columns.keys() | join(', ')) }}
{% endmacro %}
