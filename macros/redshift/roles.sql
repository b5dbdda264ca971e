{#
    Which role may use which schema. The tables themselves are granted by dbt, from `grants` in dbt_project.yml.

        analyst      gold and audit, which contain pseudonyms instead of personal data
        engineer     silver too; personal data is masked once apply_masking has run
        pii_reader   silver unmasked, and dim_customer_pii
#}
{% macro schema_readers() %}
    {{ return({
        'silver': ['engineer', 'pii_reader'],
        'gold': ['analyst', 'engineer', 'pii_reader'],
        'audit': ['analyst', 'engineer', 'pii_reader'],
    }) }}
{% endmacro %}


{# `dbt run-operation create_roles` needs a user who may create roles. #}
{% macro create_roles() %}
    {{ adapter.dispatch('create_roles', 'tieout')() }}
{% endmacro %}


{% macro default__create_roles() %}
    {%- do log(target.type ~ " has no roles. Nothing to do.", info=true) -%}
{% endmacro %}


{% macro redshift__create_roles() %}
    {%- set missing = missing_roles() -%}
    {%- for role in readers() -%}
        {%- if role in missing -%}
            {#- If another user has created it and this one does not see it, Redshift says so, and nothing is left to do. -#}
            {%- do run_query("create role " ~ role) -%}
        {%- endif -%}
        {%- do log("Role " ~ role ~ (" created." if role in missing else " already exists."), info=true) -%}
    {%- endfor -%}
{% endmacro %}


{# Runs at the start, because a missing role would fail the grants of every single model. #}
{% macro expect_roles() %}
    {%- if execute -%}
        {{ adapter.dispatch('expect_roles', 'tieout')() }}
    {%- endif -%}
{% endmacro %}


{% macro default__expect_roles() %}{% endmacro %}


{#
    Whether a regular user sees the roles of others in svv_roles differs between editions of the guide. A role that is not
    seen is tried: a grant to a role that does not exist fails here, before the run takes its lock.
#}
{% macro redshift__expect_roles() %}
    {%- set missing = missing_roles() -%}
    {%- if missing -%}
        {%- do log(
            "There is no role " ~ missing | join(", ") ~ " in svv_roles, or this user does not see it. If the next statement "
            ~ "fails, create the roles once: dbt run-operation create_roles --target " ~ target.name
            ~ " (docs/redshift.md, first day).", info=true
        ) -%}
        {%- do grant_schema('gold', missing) -%}
    {%- endif -%}
{% endmacro %}


{% macro readers() %}
    {{ return(['analyst', 'engineer', 'pii_reader']) }}
{% endmacro %}


{% macro missing_roles() %}
    {%- set existing = run_query("select role_name from svv_roles").columns[0].values() | map('trim') | list -%}
    {{ return(readers() | reject('in', existing) | list) }}
{% endmacro %}


{# A grant on a table has no effect without usage of its schema. #}
{% macro grant_schemas() %}
    {%- if execute -%}
        {{ adapter.dispatch('grant_schemas', 'tieout')() }}
    {%- endif -%}
{% endmacro %}


{% macro default__grant_schemas() %}{% endmacro %}


{% macro redshift__grant_schemas() %}
    {%- for layer, roles in schema_readers().items() -%}
        {%- do grant_schema(layer, roles) -%}
    {%- endfor -%}
{% endmacro %}


{% macro grant_schema(layer, roles) %}
    {%- set schema = layer_schema(layer) -%}
    {%- do run_query("create schema if not exists " ~ schema) -%}
    {%- do run_query("grant usage on schema " ~ schema ~ " to role " ~ roles | join(', role ')) -%}
{% endmacro %}


{# DuckDB has no users. Without this macro dbt would warn about the grants of every table. #}
{% macro duckdb__apply_grants(relation, grant_config, should_revoke=true) %}{% endmacro %}
