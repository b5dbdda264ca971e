{# True where dim_date does not have the day: it is outside of [calendar_start, calendar_end). #}
{% macro out_of_calendar(column) -%}
    not ({{ column }} >= cast('{{ var("calendar_start") }}' as date) and {{ column }} < cast('{{ var("calendar_end") }}' as date))
{%- endmacro %}


{# True where a version cannot begin at a time: intervals are within beginning_of_time() and end_of_time(). #}
{% macro out_of_time(column) -%}
    not ({{ column }} > {{ beginning_of_time() }} and {{ column }} < {{ end_of_time() }})
{%- endmacro %}
