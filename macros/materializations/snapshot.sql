{#
    A snapshot as dbt makes it, but dbt looks up columns in the catalog for each of its steps, which is slow on Redshift, and here
    it is done once. dbt's comparison of two types of time, which are always the same here, is left out. The columns are known:
    those of the versions that the snapshot reads, and dbt's own. If the table lacks a column, has one more or a shorter text, or
    is new, dbt's own materialization looks up everything and changes the table.
#}
{% materialization snapshot, default %}
    {%- set table = load_cached_relation(this) -%}
    {%- set declared = columns_of_snapshot() -%}
    {%- if not table or not table.is_table or not has_columns(table, declared) -%}
        {{ return(dbt.materialization_snapshot_default()) }}
    {%- endif -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- set strategy = strategy_dispatch(config.get('strategy'))(
        dict(model, has_declared_columns=true), 'snapshotted_data', 'source_data', model['config'], true
    ) -%}
    {%- set changes = build_snapshot_staging_table(strategy, sql, table) -%}
    {%- call statement('main') -%}
        {{ snapshot_merge_sql(target=table, source=changes, insert_cols=quoted_names(declared)) }}
    {%- endcall -%}

    {%- do apply_grants(table, config.get('grants'), should_revoke=should_revoke(true, full_refresh_mode=False)) -%}
    {%- do persist_docs(table, model) -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {%- do post_snapshot(changes) -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [table]}) }}
{% endmaterialization %}


{# The columns of this snapshot with their declared types: those of the versions that it reads, and those that dbt adds. #}
{% macro columns_of_snapshot() %}
    {%- set declared = declared_columns(graph.nodes[model.depends_on.nodes[0]]) -%}
    {%- for column in ('dbt_scd_id', 'dbt_updated_at', 'dbt_valid_from', 'dbt_valid_to') -%}
        {%- do declared.update({column: none}) -%}
    {%- endfor -%}
    {{ return(declared) }}
{% endmacro %}


{#
    Whether a table has exactly these columns, and no text is shorter than its declared type. DuckDB's texts have no length.

    declared: the type of each column by its name: that of the bronze contract or of the YAML, or none.
#}
{% macro has_columns(table, declared) %}
    {%- set found = adapter.get_columns_in_relation(table) -%}
    {%- set short = [] -%}
    {%- for column in found if column.char_size -%}
        {%- set lengths = modules.re.findall('^(?:text|varchar)[(]([0-9]+)[)]$', declared.get(column.name | lower) or '') -%}
        {%- if lengths and column.char_size | int < lengths[0] | int -%}
            {%- do short.append(column.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(not short and found | map(attribute='name') | map('lower') | sort == declared.keys() | sort) }}
{% endmacro %}


{#
    dbt's look-up of the columns that the strategy `check` compares. The materialization above knows that the table has them.

    node: the snapshot; `has_declared_columns` is set if its table has all declared columns.
#}
{% macro snapshot_check_all_get_existing_columns(node, target_exists, check_cols_config) %}
    {%- if node.has_declared_columns -%}
        {{ return((false, quoted_names(check_cols_config))) }}
    {%- endif -%}
    {{ return(dbt.snapshot_check_all_get_existing_columns(node, target_exists, check_cols_config)) }}
{% endmacro %}


{# Names of columns, quoted. #}
{% macro quoted_names(names) %}
    {%- set quoted_columns = [] -%}
    {%- for name in names -%}
        {%- do quoted_columns.append(adapter.quote(name)) -%}
    {%- endfor -%}
    {{ return(quoted_columns) }}
{% endmacro %}
