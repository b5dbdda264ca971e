{#
    Makes bronze readable as tables. On DuckDB: one view per entity over its landed files, with the columns of the contract,
    all of them text without sniffing. The view of an entity without files is empty. Every run creates the views again.
    On Redshift: an external schema over the Glue catalog. `dbt run-operation create_bronze` creates it; repeating it does
    nothing.
#}
{% macro create_bronze() %}
    {%- if execute -%}
        {{ adapter.dispatch('create_bronze', 'tieout')() }}
    {%- endif -%}
{% endmacro %}


{% macro duckdb__create_bronze() %}
    {%- do run_query("create schema if not exists " ~ layer_schema('bronze')) -%}
    {%- for node in graph.sources.values() if node.package_name == project_name and node.source_meta.get('domain') -%}
        {%- do create_bronze_view(node) -%}
    {%- endfor -%}
{% endmacro %}


{% macro create_bronze_view(node) %}
    {%- do run_query(
        "create or replace view " ~ node.schema ~ "." ~ node.identifier ~ " as " ~ duckdb_bronze_rows(node)
    ) -%}
{% endmacro %}


{#
    TIEOUT_GLUE_DATABASE is the database of the Glue catalog. TIEOUT_BRONZE_ROLE is the ARN of the role that reads the catalog
    and the files; a cluster with a default role does not need it.
#}
{% macro redshift__create_bronze() %}
    {%- set schema = layer_schema('bronze') -%}
    {%- set database = env_var('TIEOUT_GLUE_DATABASE', schema) -%}
    {%- set role = env_var('TIEOUT_BRONZE_ROLE', '') -%}
    {%- if role and not role.startswith('arn:') -%}
        {{ exceptions.raise_compiler_error("TIEOUT_BRONZE_ROLE is the ARN of an IAM role, not '" ~ role ~ "'") }}
    {%- endif -%}
    {%- do run_query(
        "create external schema if not exists " ~ schema ~ " from data catalog database '" ~ database ~ "' iam_role "
        ~ ("'" ~ role ~ "'" if role else "default")
    ) -%}
    {%- do log("External schema " ~ schema ~ " shows the tables of the Glue database " ~ database ~ ".", info=true) -%}
{% endmacro %}


{# At the start of a run: creates the views on DuckDB, and checks that the external schema exists on Redshift. #}
{% macro prepare_bronze() %}
    {%- if execute -%}
        {{ adapter.dispatch('prepare_bronze', 'tieout')() }}
    {%- endif -%}
{% endmacro %}


{% macro duckdb__prepare_bronze() %}
    {%- do create_bronze() -%}
{% endmacro %}


{#
    With REDSHIFT_METHOD=iam, Redshift Serverless ignores REDSHIFT_USER and makes a user of the IAM identity, who may neither
    use the roles of the warehouse nor replace the tables of another user.
#}
{% macro redshift__prepare_bronze() %}
    {%- if target.method == 'iam' and 'serverless' in target.host -%}
        {{ exceptions.raise_compiler_error(
            "REDSHIFT_METHOD=iam does not work with Redshift Serverless, which connects as a user named after the IAM identity "
            ~ "(IAM:... or IAMR:...) and not as " ~ target.user ~ ". Use REDSHIFT_METHOD=database, or iam_role with the "
            ~ "parameter IamDatabaseUser of the stack (docs/deploy.md, Other ways to connect)."
        ) }}
    {%- endif -%}
    {%- set schema = layer_schema('bronze') -%}
    {%- set found = run_query("select count(*) from svv_external_schemas where schemaname = '" ~ schema ~ "'") -%}
    {%- if not found.columns[0].values()[0] -%}
        {{ exceptions.raise_compiler_error(
            "There is no external schema " ~ schema ~ ". Create it once: dbt run-operation create_bronze --target "
            ~ target.name ~ " (docs/redshift.md, first day)."
        ) }}
    {%- endif -%}
{% endmacro %}


{#
    After the delivery log is loaded. On DuckDB the first file of an entity may have landed since the run created its empty
    view. The delivery log has the file, so the models that follow must read it too.
#}
{% macro show_first_files() %}
    {%- if execute -%}
        {{ adapter.dispatch('show_first_files', 'tieout')() }}
    {%- endif -%}
{% endmacro %}


{% macro default__show_first_files() %}
{% endmacro %}


{% macro duckdb__show_first_files() %}
    {%- set empty_views = run_query(
        "select view_name from duckdb_views() where schema_name = '" ~ layer_schema('bronze') ~ "' "
        ~ "and database_name = current_database() and not contains(sql, 'read_csv')"
    ).columns[0].values() -%}
    {%- for node in graph.sources.values() if node.schema == layer_schema('bronze') and node.identifier in empty_views -%}
        {%- do create_bronze_view(node) -%}
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
    The folder or S3 prefix of bronze: the var `bronze_root`, else TIEOUT_BRONZE_ROOT, else data/bronze. Like the path of the
    DuckDB file, a relative path is relative to the folder in which dbt runs.
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
