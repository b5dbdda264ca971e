{#
    A seed as dbt loads it, but only where its file, its types or its grants have changed since it was last loaded: most runs
    have nothing to load. The table's comment holds the fingerprint of what it was loaded from, so that a table that is
    dropped, replaced or restored takes its own with it. A full refresh and the full proof load every seed.
#}
{% materialization seed, default %}
    {%- set table = load_cached_relation(this) -%}
    {%- set fingerprint = seed_fingerprint() -%}
    {%- set keeps = table and not should_full_refresh() and not proof_is_full() -%}
    {%- if keeps and table_comment(table) == fingerprint -%}
        {#- dbt asks for the rows, for `dbt seed --show`. -#}
        {%- do store_result('agate_table', response='OK', agate_table=load_agate_table()) -%}
        {%- do store_raw_result(name='main', message='UNCHANGED', code='UNCHANGED', rows_affected='0') -%}
        {{ return({'relations': [table]}) }}
    {%- endif -%}

    {#- Loading ends with a commit. If the run ends between it and the new comment, there must be no comment. -#}
    {%- if table -%}
        {%- do set_table_comment(table, none) -%}
    {%- endif -%}
    {%- set loaded = dbt.materialization_seed_default() -%}
    {%- do set_table_comment(this, fingerprint) -%}
    {{ return(loaded) }}
{% endmaterialization %}


{# What the table of a seed depends on, as one hash. #}
{% macro seed_fingerprint() %}
    {%- set parts = [model.checksum.checksum, config.get('column_types'), config.get('grants'), config.get('dist')] -%}
    {{ return('seed ' ~ local_md5(parts | join('\n'))) }}
{% endmacro %}


{# Sets or removes the comment of a table, in a transaction of its own. #}
{% macro set_table_comment(table, comment) %}
    {%- call statement(auto_begin=true) -%}
        comment on table {{ table }} is {{ quoted(comment) if comment else 'null' }}
    {%- endcall -%}
    {%- do adapter.commit() -%}
{% endmacro %}


{# The comment of a table; none where there is none. The engines keep it in different catalogs. #}
{% macro table_comment(table) %}
    {{ return(adapter.dispatch('table_comment')(table)) }}
{% endmacro %}

{% macro duckdb__table_comment(table) %}
    {%- set query -%}
        select comment
        from duckdb_tables()
        where
            database_name = {{ quoted(table.database) }}
            and schema_name = {{ quoted(table.schema) }}
            and table_name = {{ quoted(table.identifier) }}
    {%- endset -%}
    {{ return(run_query(query).rows[0][0]) }}
{% endmacro %}

{% macro redshift__table_comment(table) %}
    {%- set query -%}
        select pg_description.description
        from pg_class
        inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
        left join pg_description on pg_class.oid = pg_description.objoid and pg_description.objsubid = 0
        where
            pg_namespace.nspname = {{ quoted(table.schema) }}
            and pg_class.relname = {{ quoted(table.identifier) }}
    {%- endset -%}
    {{ return(run_query(query).rows[0][0]) }}
{% endmacro %}
