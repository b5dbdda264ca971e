{#
    The days since 1970 of all rows, added up: two tables that agree in it have their rows on the same days, or shifts that
    cancel out to the day. For a table whose rows stand for several, `rows` is how many.
#}
{% macro sum_of_days(date, rows='1') -%}
    {{- expect_expression('sum_of_days', 'date', date) -}}
    {{- expect_expression('sum_of_days', 'rows', rows) -}}
    sum({{ rows }} * {{ dbt.datediff("cast('1970-01-01' as date)", date, 'day') }})
{%- endmacro %}
