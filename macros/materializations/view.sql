{#
    dbt-duckdb's view, without the name of the database in it: that is the name of the file, and a copy of the file under
    another name must answer too. Schema and table are found in the database that holds the view.
#}
{% macro duckdb__create_view_as(relation, sql) -%}
    {%- if config.get('contract').enforced -%}
        {{ get_assert_columns_equivalent(sql) }}
    {%- endif -%}
    {%- set sql_header = config.get('sql_header') -%}
    {{ sql_header if sql_header is not none }}
    create view {{ relation }} as (
        {{ sql | replace(adapter.quote(relation.database) ~ '.', '') }}
    );
{%- endmacro %}
