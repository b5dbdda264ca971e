{#
    The condition that a date column is one of some days, as literals, so that both engines prune. With exact=false, a long
    list becomes the range from its first to its last day. Without a list (none), any day will do.
#}
{% macro in_days(column, days, exact=false) -%}
    {%- if days is none -%}
        true
    {%- elif days | length == 0 -%}
        false
    {%- elif exact or days | length <= 500 -%}
        {{ column }} in ({% for day in days %}cast('{{ day }}' as date){{ ', ' if not loop.last }}{% endfor %})
    {%- else -%}
        {{ column }} between cast('{{ days[0] }}' as date) and cast('{{ days[-1] }}' as date)
    {%- endif -%}
{%- endmacro %}


{# The condition that a date column is in one of some months, as ranges of literals, so that both engines prune. #}
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
