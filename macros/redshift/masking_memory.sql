{#
    What ought to be masked, in a table of this project's own. Redshift shows masking policies to superusers and users with
    the role sys:secadmin only, and no rows to others. Without a memory of its own, a run of such a user would take masking
    for switched off, and leave a rebuilt table in clear.

    The table has one row per column and role, and one row that says that masking is on (its table_name is '*').
#}
{% macro masking_table() %}
    {{ return(layer_schema('silver') ~ '.masked_columns') }}
{% endmacro %}


{% macro create_masking_table() %}
    {%- do run_query("create schema if not exists " ~ layer_schema('silver')) -%}
    {%- do run_query(
        "create table if not exists " ~ masking_table() ~ " (table_name varchar(127) not null, "
        ~ "column_name varchar(127) not null, role_name varchar(127) not null, policy_name varchar(127) not null)"
    ) -%}
{% endmacro %}


{# The remembered rows of one table, or of all, as a list of mappings. Empty: masking is off. #}
{% macro remembered_masks(table_name=none) %}
    {%- set query -%}
        select table_name, column_name, role_name, policy_name
        from {{ masking_table() }}
        {%- if table_name %}
        where table_name in ('*', '{{ table_name }}')
        {%- endif %}
        order by table_name, column_name, role_name
    {%- endset -%}
    {%- set found = [] -%}
    {%- for row in run_query(query).rows -%}
        {%- do found.append({'table': row[0], 'column': row[1], 'role': row[2], 'policy': row[3]}) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{# Replaces what is remembered of one table, or everything (none). Masks are mappings as attached_policies returns them. #}
{% macro remember_masks(masks, table_name=none) %}
    {%- set rows = [] -%}
    {%- for mask in masks -%}
        {%- do rows.append("('" ~ mask.table ~ "', '" ~ mask.column ~ "', '" ~ mask.role ~ "', '" ~ mask.policy ~ "')") -%}
    {%- endfor -%}
    {%- if table_name is none -%}
        {%- do rows.append("('*', '', '', '')") -%}
    {%- endif -%}
    {%- do run_query(
        "begin; delete from " ~ masking_table() ~ (" where table_name = '" ~ table_name ~ "'" if table_name else "")
        ~ ("; insert into " ~ masking_table() ~ " values " ~ rows | join(", ") if rows else "") ~ "; commit"
    ) -%}
{% endmacro %}


{#
    At the start of a run: fails if masking is on and this user does not see its policies. A warehouse from before the table
    existed remembers what is attached.
#}
{% macro expect_masking() %}
    {%- if execute and is_writing() -%}
        {{ adapter.dispatch('expect_masking', 'tieout')() }}
    {%- endif -%}
{% endmacro %}


{% macro default__expect_masking() %}{% endmacro %}


{% macro redshift__expect_masking() %}
    {%- set table = api.Relation.create(
        database=target.database, schema=layer_schema('silver'), identifier=masking_table().split('.')[1]
    ) -%}
    {%- if load_cached_relation(table) is none -%}
        {%- do create_masking_table() -%}
        {%- if policy_names() -%}
            {%- do remember_masks(attached_policies()) -%}
        {%- endif -%}
    {%- elif remembered_masks('*') and not policy_names() -%}
        {%- do refuse_without_policies() -%}
    {%- endif -%}
{% endmacro %}


{#
    At the end of a run: fails if a policy that ought to be attached is not. A column of a table that does not exist needs
    none.
#}
{% macro check_masking() %}
    {%- if execute and is_writing() -%}
        {{ adapter.dispatch('check_masking', 'tieout')() }}
    {%- endif -%}
{% endmacro %}


{% macro default__check_masking() %}{% endmacro %}


{% macro redshift__check_masking() %}
    {%- set expected = remembered_masks() -%}
    {%- if expected -%}
        {%- do compare_masks(expected, attached_policies()) -%}
    {%- endif -%}
{% endmacro %}


{# Fails with the columns whose policy ought to be attached and is not. Both are lists of mappings. #}
{% macro compare_masks(expected, attached) %}
    {%- set schema = layer_schema('silver') -%}
    {%- set found = [] -%}
    {%- for mask in attached if mask.schema == schema -%}
        {%- do found.append((mask.table, mask.column, mask.role, mask.policy)) -%}
    {%- endfor -%}
    {%- set missing = [] -%}
    {%- for mask in expected if mask.table != '*' and (mask.table, mask.column, mask.role, mask.policy) not in found -%}
        {%- set table = api.Relation.create(database=target.database, schema=schema, identifier=mask.table) -%}
        {%- if load_cached_relation(table) is not none -%}
            {%- do missing.append(mask.table ~ '.' ~ mask.column ~ ' for ' ~ mask.role) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if missing and not found -%}
        {%- do refuse_without_policies() -%}
    {%- elif missing -%}
        {{ exceptions.raise_compiler_error(
            "Masking is on, but " ~ missing | length ~ " of " ~ (expected | length - 1) ~ " policies are not attached: "
            ~ missing[:5] | join(', ') ~ (', ...' if missing | length > 5 else '') ~ ". Readers may see these columns in "
            ~ "clear. Attach them: dbt run-operation apply_masking --target " ~ target.name
        ) }}
    {%- endif -%}
{% endmacro %}


{% macro refuse_without_policies() %}
    {{ exceptions.raise_compiler_error(
        "Masking is on (" ~ masking_table() ~ "), but user " ~ database_user() ~ " does not see its policies, so rebuilt "
        ~ "tables would stay in clear. Redshift shows masking policies to superusers and to users with the role "
        ~ "sys:secadmin only. As a superuser: grant role sys:secadmin to " ~ database_user() ~ ". If the policies are gone, "
        ~ "attach them again: dbt run-operation apply_masking --target " ~ target.name
    ) }}
{% endmacro %}
