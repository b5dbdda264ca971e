{#
    DuckDB's check that a query returns the columns of the model's contract. dbt describes two queries, the model's own and
    one of nulls that it makes from the contract. The types of the second are known, so it is described only for dbt's
    message about a difference, and for types that DuckDB writes in another way.

    sql: the query of the model.
#}
{% macro duckdb__get_assert_columns_equivalent(sql) %}
    {%- set expected = [] -%}
    {%- for column in model['columns'].values() -%}
        {%- do expected.append(column.name | lower ~ ' ' ~ duckdb_type_name(column.data_type or '')) -%}
    {%- endfor -%}
    {%- set found = [] -%}
    {%- for column in get_column_schema_from_query(sql, config.get('sql_header', none)) -%}
        {%- do found.append(column.name | lower ~ ' ' ~ column.dtype) -%}
    {%- endfor -%}
    {%- if not expected or expected | sort != found | sort -%}
        {{ return(assert_columns_equivalent(sql)) }}
    {%- endif -%}
{% endmacro %}


{# The name by which DuckDB describes a type of a contract: `DECIMAL(38,2)`, and VARCHAR whatever the length. #}
{% macro duckdb_type_name(data_type) %}
    {%- set name = data_type | upper | replace(' ', '') -%}
    {{ return('VARCHAR' if name.startswith('VARCHAR(') else name) }}
{% endmacro %}
