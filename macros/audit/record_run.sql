{#
    At the end of a run: one statement that adds what the run did to run_history. Messages are left out, because those of
    databases quote values.
#}
{% macro record_run(results) -%}
    {%- if execute and flags.WHICH in ['build', 'run', 'test', 'seed', 'snapshot', 'retry'] -%}
        {%- set rows = [] -%}
        {%- for result in results
            if result.node.resource_type in ['model', 'seed', 'snapshot', 'test', 'unit_test'] -%}
            {%- do rows.append(run_history_row(result)) -%}
        {%- endfor -%}
        {%- if rows -%}
            insert into {{ run_table('run_history') }} ({{ run_table_columns('run_history') }})
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
        {{ 'true' if flags.FULL_REFRESH or proof_is_full() else 'false' }},
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
