{#
    Bronze as tables. On DuckDB: one view per entity over its landed files, with the contract's columns, every one text,
    never sniffed; an entity without any file is an empty view. On Redshift bronze is an external schema over the Glue
    catalog, which the catalog keeps, so there is nothing to do at the start of a run.
#}
{% macro create_bronze_views() %}
    {%- if execute -%}
        {{ adapter.dispatch('create_bronze_views', 'tieout')() }}
    {%- endif -%}
{% endmacro %}


{% macro default__create_bronze_views() %}{% endmacro %}


{% macro duckdb__create_bronze_views() %}
    {%- do run_query("create schema if not exists " ~ target.name ~ "_bronze") -%}
    {%- for node in graph.sources.values() if node.package_name == project_name -%}
        {%- do run_query(
            "create or replace view " ~ node.schema ~ "." ~ node.identifier ~ " as " ~ duckdb_bronze_rows(node)
        ) -%}
    {%- endfor -%}
{% endmacro %}


{% macro duckdb_bronze_rows(node) %}
    {%- set files = bronze_root() ~ '/' ~ node.source_name ~ '/' ~ node.name ~ '/dt=*/*.csv*' -%}
    {%- set found = run_query("select count(*) from glob('" ~ files ~ "')").columns[0].values()[0] -%}
    {%- if found -%}
        select *
        from read_csv(
            '{{ files }}',
            columns = { {%- for name in node.columns %}'{{ name }}': 'varchar'{{ ', ' if not loop.last }}{% endfor -%} },
            auto_detect = false,
            header = true,
            delim = ',',
            quote = '"',
            escape = '"',
            max_line_size = 4194304,
            null_padding = true,
            hive_partitioning = true,
            hive_types = {'dt': date},
            filename = true
        )
    {%- else -%}
        select
            {% for name in node.columns -%}
            cast(null as varchar) as {{ name }},
            {% endfor -%}
            cast(null as varchar) as filename,
            cast(null as date) as dt
        where false
    {%- endif -%}
{% endmacro %}


{#
    The folder (or S3 prefix) that holds bronze: the var `bronze_root`, else TIEOUT_BRONZE_ROOT, else data/bronze. Like the
    path of the DuckDB file, a relative one counts from the folder dbt runs in.
#}
{% macro bronze_root() -%}
    {%- set root = var('bronze_root', env_var('TIEOUT_BRONZE_ROOT', 'data/bronze')).rstrip('/') -%}
    {%- for character in "*?[]{}'" if character in root -%}
        {{ exceptions.raise_compiler_error(
            "The bronze root " ~ root ~ " holds " ~ character ~ ", which file patterns and SQL read otherwise: move bronze."
        ) }}
    {%- endfor -%}
    {{ return(root) }}
{%- endmacro %}
