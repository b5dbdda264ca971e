{#
    Replaces a value that identifies a person: the first 16 hexadecimal digits of its salted SHA-256. Equal values have
    equal pseudonyms, so joins and counts still work. Null stays null.

    The query imports the salt as the CTE pii_salt and cross joins it. A literal would show the salt in compiled SQL, on
    the docs site and in the query log.
#}
{% macro pseudonym(column) -%}
    substring({{ sha256("pii_salt.salt || ':' || " ~ column) }}, 1, 16)
{%- endmacro %}


{#
    Copies TIEOUT_PII_SALT into a table with one row. On DuckDB, which is for sample data, the variable may be missing and a
    fixed salt is used; Redshift requires it on every target. A changed salt would break every join between old and new
    pseudonyms, so only a full refresh accepts one.
#}
{% macro keep_pii_salt() -%}
    {%- if execute -%}
        {%- set salt = env_var('TIEOUT_PII_SALT', '') or ('not a secret' if target.type == 'duckdb' else '') -%}
        {%- set table = layer_schema('silver') ~ '.pii_salt' -%}
        {%- if not salt -%}
            {%- do end_run() -%}
            {{ exceptions.raise_compiler_error(
                "Set TIEOUT_PII_SALT to a long random text and keep it secret. Without a salt, pseudonyms can be reversed by "
                ~ "hashing guessed values."
            ) }}
        {%- endif -%}
        {%- do run_query("create schema if not exists " ~ layer_schema('silver')) -%}
        {%- do run_query("create table if not exists " ~ table ~ " (salt varchar(1024) not null)") -%}
        {%- set kept = run_query("select salt from " ~ table).columns[0].values() -%}
        {%- if kept and kept[0] != salt and not flags.FULL_REFRESH -%}
            {%- do end_run() -%}
            {{ exceptions.raise_compiler_error(
                "TIEOUT_PII_SALT is not the salt that the pseudonyms in " ~ layer_schema('gold') ~ " were made with. Set the "
                ~ "former salt, or change all pseudonyms at once with dbt build --full-refresh."
            ) }}
        {%- elif not kept or kept[0] != salt -%}
            {%- do run_query("delete from " ~ table) -%}
            {#- A bind parameter keeps the salt out of logs. -#}
            {%- do adapter.add_query(
                "insert into " ~ table ~ " (salt) values (" ~ get_binding_char() ~ ")",
                auto_begin=false,
                bindings=[salt],
                abridge_sql_log=true
            ) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
