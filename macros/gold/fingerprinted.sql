{#
    The rows of a CTE with a fingerprint of their values, for a table that keeps rows from one run to the next. The audit
    computes it again, so a value that was changed by hand is found (models/audit/changed_rows.sql).

    rows: name of a CTE with all other columns of the model, as its YAML lists them.
#}
{% macro fingerprinted(rows) -%}
    {{- expect_expression('fingerprinted', 'rows', rows) -}}
    {%- set columns = built_columns(model) -%}
    select
        {{ rows }}.*,
        {# A unit test does not know the columns of its model. -#}
        {{ fingerprint(columns) if columns else 'cast(0 as bigint)' }} as _fingerprint
    from {{ rows }}
{%- endmacro %}


{# The columns of a model that the fingerprint covers: all but the times of loading and building, which are no content. #}
{% macro built_columns(node) %}
    {%- set columns = [] -%}
    {%- for column in node.columns -%}
        {%- if column != '_fingerprint' and not (column.startswith('_') and column.endswith('_at')) -%}
            {%- do columns.append(column) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(columns) }}
{% endmacro %}
