{#
    At the end of a run: one statement that adds what the run did to run_history. The table is made where it does not
    exist yet, from its contract: the run may have selected something else, or failed before it.

    Messages are left out: those of databases quote values.
#}
{% macro record_run(results) -%}
    {%- if execute and flags.WHICH in ['build', 'run', 'test', 'seed', 'snapshot', 'retry'] -%}
        {%- set rows = [] -%}
        {%- for result in results
            if result.node.resource_type in ['model', 'seed', 'snapshot', 'test', 'unit_test'] -%}
            {%- do rows.append(run_history_row(result)) -%}
        {%- endfor -%}
        {%- if rows -%}
            {%- set model = graph.nodes['model.' ~ project_name ~ '.run_history'] -%}
            {%- set table = api.Relation.create(
                database=model.database, schema=model.schema, identifier=model.alias
            ) -%}
            {%- if not load_relation(table) -%}
                {%- set columns = [] -%}
                {%- for column in model.columns.values() -%}
                    {%- do columns.append(column.name ~ ' ' ~ column.data_type) -%}
                {%- endfor -%}
                {%- do run_query("create schema if not exists " ~ model.schema) -%}
                {%- do run_query("create table " ~ table ~ " (" ~ columns | join(', ') ~ ")") -%}
                {%- do run_query("commit") if target.type == 'redshift' -%}
            {%- endif -%}
            insert into {{ table }} ({{ model.columns.keys() | join(', ') }})
            values
            {{ rows | join(',\n') }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{# What became of one node, in the order of the columns of run_history. #}
{% macro run_history_row(result) -%}
    {%- set node = result.node -%}
    {%- set affected = (result.adapter_response or {}).get('rows_affected') -%}
    (
        {{ quoted(invocation_id) }},
        cast('{{ run_started_at.replace(tzinfo=none) }}' as timestamp),
        {{ quoted(flags.WHICH) }},
        {{ 'true' if flags.FULL_REFRESH else 'false' }},
        {{ quoted(target.type) }},
        {{ quoted(target.name) }},
        {{ quoted(node.unique_id[:512]) }},
        {{ quoted(node.resource_type ~ '') }},
        {{ quoted(node.name[:512]) }},
        {{ quoted(result.status ~ '') }},
        {{ affected | int if affected is not none and affected | int >= 0 else 'null' }},
        {{ result.failures if result.failures is not none else 'null' }},
        {{ '%.3f' | format(result.execution_time) }}
    )
{%- endmacro %}
