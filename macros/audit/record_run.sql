{#
    At the start of a run that builds: one statement that adds a row to run_history. A run that is killed does not reach its
    end, so this is the only row that it leaves, and `tieout check` finds it. The first run of a warehouse leaves none: as
    long as it has not ended, tables of the audit are missing.
#}
{% macro record_start() -%}
    {%- if execute and builds_nodes() -%}
        {%- set history = load_relation(run_relation('run_history')) -%}
        {%- if history -%}
            insert into {{ history }} ({{ run_table_columns('run_history') }})
            values
            {{ run_history_row(recorded_start(history), 'run.started', 'run', run_selection(), 'started') }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#
    At the end of a run: one statement that adds what the run did to run_history. Messages are left out, because those of
    databases quote values.
#}
{% macro record_run(results) -%}
    {%- if execute and (builds_nodes() or flags.WHICH == 'test') -%}
        {%- set nodes = [] -%}
        {%- for result in results
            if result.node.resource_type in ['model', 'seed', 'snapshot', 'test', 'unit_test'] -%}
            {%- do nodes.append(result) -%}
        {%- endfor -%}
        {%- if nodes or builds_nodes() -%}
            {%- set history = run_table('run_history') -%}
            {%- set started_at = recorded_start(history) -%}
            {%- set rows = [] -%}
            {%- for result in nodes -%}
                {%- do rows.append(run_history_row(
                    started_at,
                    result.node.unique_id,
                    result.node.resource_type ~ '',
                    result.node.name,
                    result.status ~ '',
                    rows_affected=(result.adapter_response or {}).get('rows_affected'),
                    failures=result.failures,
                    seconds=result.execution_time,
                )) -%}
            {%- endfor -%}
            {%- if builds_nodes() -%}
                {%- do rows.append(run_history_row(started_at, 'run.ended', 'run', run_selection(), 'ended')) -%}
            {%- endif -%}
            insert into {{ history }} ({{ run_table_columns('run_history') }})
            values
            {{ rows | join(',\n') }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{# Whether the command builds nodes of the project. A clone copies tables that other runs have built. #}
{% macro builds_nodes() %}
    {{ return(is_writing() and flags.WHICH != 'clone') }}
{% endmacro %}


{#
    When the run began, always later than all runs before. Otherwise a clock that was set back would hide this run behind
    them.

    history: the relation of run_history.
#}
{% macro recorded_start(history) %}
    {%- set query -%}
        select
            max(run_started_at),
            max(case when invocation_id = {{ quoted(invocation_id) }} then run_started_at end)
        from {{ history }}
    {%- endset -%}
    {%- set latest = run_query(query).rows[0] -%}
    {{ return(latest[1] or run_start_after(latest[0])) }}
{% endmacro %}


{# What the run was asked for: `all nodes`, or the options by which it selects. Unit tests belong to no run of production. #}
{% macro run_selection() %}
    {%- set options = {
        'select': '--select',
        'exclude': '--exclude',
        'selector': '--selector',
        'resource_types': '--resource-type',
        'exclude_resource_types': '--exclude-resource-type',
    } -%}
    {%- set parts = ['retry'] if flags.WHICH == 'retry' else [] -%}
    {%- for name, option in options.items() if invocation_args_dict.get(name) -%}
        {%- set given = invocation_args_dict[name] -%}
        {%- set values = [given] if given is string else given | map('string') | sort -%}
        {%- if name != 'exclude_resource_types' or values != ['unit_test'] -%}
            {%- do parts.append(option ~ ' ' ~ values | join(' ')) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(parts | join(' ') or 'all nodes') }}
{% endmacro %}


{# Whether the run makes every table anew from bronze. A part of them would be compared with tables that were not. #}
{% macro rebuilds_everything() %}
    {{ return(flags.FULL_REFRESH and run_selection() in ['all nodes', '--exclude-resource-type test unit_test']) }}
{% endmacro %}


{# A row of run_history, in the order of its columns. #}
{% macro run_history_row(
    started_at, node_id, resource_type, node_name, status, rows_affected=none, failures=none, seconds=none
) -%}
    (
        {{ quoted(invocation_id) }},
        cast('{{ started_at }}' as timestamp),
        {{ quoted(flags.WHICH) }},
        {{ 'true' if flags.FULL_REFRESH else 'false' }},
        {{ 'true' if proof_is_full() or rebuilds_everything() else 'false' }},
        {{ quoted(target.type) }},
        {{ quoted(target.name) }},
        {{ quoted(node_id[:512]) }},
        {{ quoted(resource_type) }},
        {{ quoted(node_name[:512]) }},
        {{ quoted(status) }},
        {{ rows_affected | int if rows_affected is not none and rows_affected | int >= 0 else 'null' }},
        {{ failures if failures is not none else 'null' }},
        {{ '%.3f' | format(seconds) if seconds is not none else 'null' }}
    )
{%- endmacro %}
