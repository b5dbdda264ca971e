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


{# What the table of a seed depends on, as one hash, and the checksum of its file. #}
{% macro seed_fingerprint() %}
    {%- set checksum = model.checksum.checksum -%}
    {%- set parts = [checksum, config.get('column_types'), config.get('grants'), config.get('dist')] -%}
    {{ return('seed ' ~ local_md5(parts | join('\n')) ~ ' ' ~ checksum) }}
{% endmacro %}


{# The checksums of the files that were loaded last, by the name of the seed's table: a file may have changed since. #}
{% macro loaded_checksums() %}
    {%- set checksums = {} -%}
    {%- for name, comment in run_query(table_comments(target.database, layer_schema('silver'))).rows -%}
        {%- set words = (comment or '').split(' ') -%}
        {%- if words[0] == 'seed' and words | length == 3 -%}
            {%- do checksums.update({name: words[2]}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(checksums) }}
{% endmacro %}


{# Sets or removes the comment of a table, in a transaction of its own. #}
{% macro set_table_comment(table, comment) %}
    {%- call statement(auto_begin=true) -%}
        comment on table {{ table }} is {{ quoted(comment) if comment else 'null' }}
    {%- endcall -%}
    {%- do adapter.commit() -%}
{% endmacro %}


{# The comment of a table; none where there is none. #}
{% macro table_comment(table) %}
    {%- set described = table_comments(table.database, table.schema) -%}
    {%- set query = "select comment from (" ~ described ~ ") as described where table_name = " ~ quoted(table.identifier) -%}
    {{ return(run_query(query).rows[0][0]) }}
{% endmacro %}


{# The query for the tables of a schema with their comments: table_name, comment. The engines keep them in different catalogs. #}
{% macro table_comments(database, schema) %}
    {{ return(adapter.dispatch('table_comments')(database, schema)) }}
{% endmacro %}

{% macro duckdb__table_comments(database, schema) %}
    {%- set query -%}
        select
            table_name,
            comment
        from duckdb_tables()
        where
            database_name = {{ quoted(database) }}
            and schema_name = {{ quoted(schema) }}
    {%- endset -%}
    {{ return(query) }}
{% endmacro %}

{% macro redshift__table_comments(database, schema) %}
    {%- set query -%}
        select
            pg_class.relname as table_name,
            pg_description.description as comment
        from pg_class
        inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
        left join pg_description on pg_class.oid = pg_description.objoid and pg_description.objsubid = 0
        where pg_namespace.nspname = {{ quoted(schema) }}
    {%- endset -%}
    {{ return(query) }}
{% endmacro %}
