{#
    The month in which the fiscal year begins, 1 to 12. A macro and not `var` in dim_date, because variables in a model count as
    rules under which the facts that read it were built: they would ask for a full refresh, which a change of it does not need.
#}
{% macro fiscal_year_first_month() %}
    {{- return(adapter.dispatch('fiscal_year_first_month', 'tieout')()) -}}
{% endmacro %}


{% macro default__fiscal_year_first_month() %}
    {%- set first_month = var('fiscal_year_first_month') -%}
    {%- if first_month not in range(1, 13) -%}
        {{- exceptions.raise_compiler_error(
            "The variable fiscal_year_first_month is '" ~ first_month ~ "'. Write the number of a month, 1 to 12, into "
            ~ "dbt_project.yml."
        ) -}}
    {%- endif -%}
    {{- return(first_month) -}}
{% endmacro %}
