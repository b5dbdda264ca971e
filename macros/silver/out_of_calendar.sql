{# The day is none of dim_date's: outside of [calendar_start, calendar_end). #}
{% macro out_of_calendar(column) -%}
    not ({{ column }} >= cast('{{ var("calendar_start") }}' as date) and {{ column }} < cast('{{ var("calendar_end") }}' as date))
{%- endmacro %}


{# The time is none that a version can begin at: intervals begin at beginning_of_time() and end at end_of_time(). #}
{% macro out_of_time(column) -%}
    not ({{ column }} > {{ beginning_of_time() }} and {{ column }} < {{ end_of_time() }})
{%- endmacro %}
