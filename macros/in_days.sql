{#
    A date column is one of the days, written as literals, which prune. Where the list may be wider than the truth
    (exact=false), a long one becomes its range.
#}
{% macro in_days(column, days, exact=false) -%}
    {%- if days | length == 0 -%}
        false
    {%- elif exact or days | length <= 500 -%}
        {{ column }} in ({% for day in days %}cast('{{ day }}' as date){{ ', ' if not loop.last }}{% endfor %})
    {%- else -%}
        {{ column }} between cast('{{ days[0] }}' as date) and cast('{{ days[-1] }}' as date)
    {%- endif -%}
{%- endmacro %}


{# A date column is in one of the months, given by their first days: ranges of literals, which prune. #}
{% macro in_months(column, months) -%}
    {%- if months | length == 0 -%}
        false
    {%- else -%}
        (
            {%- for month in months %}
            {%- set following = months_around([month], 0, 1) | last %}
            {{ 'or ' if not loop.first }}({{ column }} >= cast('{{ month }}' as date) and {{ column }} < cast('{{ following }}' as date))
            {%- endfor %}
        )
    {%- endif -%}
{%- endmacro %}
