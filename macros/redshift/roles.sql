{#
    Who may read what, by role. dbt grants the tables, from the `grants` of dbt_project.yml; the schemas they stand in are
    granted here.

        analyst      gold and audit, where people are pseudonyms
        engineer     silver too, where personal data is masked once apply_masking has run
        pii_reader   silver in clear, and dim_customer_pii
#}
{% macro schema_readers() %}
    {{ return({
        'silver': ['engineer', 'pii_reader'],
        'gold': ['analyst', 'engineer', 'pii_reader'],
        'audit': ['analyst', 'engineer', 'pii_reader'],
    }) }}
{% endmacro %}


{# Makes the roles that do not exist yet: `dbt run-operation create_roles`, by a user who may create roles. #}
{% macro create_roles() %}
    {{ adapter.dispatch('create_roles', 'tieout')() }}
{% endmacro %}


{% macro default__create_roles() %}
    {%- do log(target.type ~ " has no roles: nothing to do.", info=true) -%}
{% endmacro %}


{% macro redshift__create_roles() %}
    {%- set missing = missing_roles() -%}
    {%- for role in readers() -%}
        {%- if role in missing -%}
            {%- do run_query("create role " ~ role) -%}
        {%- endif -%}
        {%- do log("Role " ~ role ~ (" made." if role in missing else " existed already."), info=true) -%}
    {%- endfor -%}
{% endmacro %}


{# At the start of a run: says what to do first where a role does not exist. #}
{% macro expect_roles() %}
    {%- if execute -%}
        {{ adapter.dispatch('expect_roles', 'tieout')() }}
    {%- endif -%}
{% endmacro %}


{% macro default__expect_roles() %}{% endmacro %}


{% macro redshift__expect_roles() %}
    {%- set missing = missing_roles() -%}
    {%- if missing -%}
        {{ exceptions.raise_compiler_error(
            "There is no role " ~ missing[0] ~ ". Make the roles once: dbt run-operation create_roles --target "
            ~ target.name ~ " (docs/redshift.md, first day)."
        ) }}
    {%- endif -%}
{% endmacro %}


{% macro readers() %}
    {{ return(['analyst', 'engineer', 'pii_reader']) }}
{% endmacro %}


{% macro missing_roles() %}
    {%- set existing = run_query("select role_name from svv_roles").columns[0].values() | map('trim') | list -%}
    {{ return(readers() | reject('in', existing) | list) }}
{% endmacro %}


{# At the start of a run: without usage of the schema a grant on its tables is of no use. #}
{% macro grant_schemas() %}
    {%- if execute -%}
        {{ adapter.dispatch('grant_schemas', 'tieout')() }}
    {%- endif -%}
{% endmacro %}


{% macro default__grant_schemas() %}{% endmacro %}


{% macro redshift__grant_schemas() %}
    {%- for layer, roles in schema_readers().items() -%}
        {%- set schema = layer_schema(layer) -%}
        {%- do run_query("create schema if not exists " ~ schema) -%}
        {%- do run_query("grant usage on schema " ~ schema ~ " to role " ~ roles | join(', role ')) -%}
    {%- endfor -%}
{% endmacro %}


{# DuckDB has no users, so the grants in dbt_project.yml mean nothing there; dbt would warn of them at every table. #}
{% macro duckdb__apply_grants(relation, grant_config, should_revoke=true) %}{% endmacro %}
