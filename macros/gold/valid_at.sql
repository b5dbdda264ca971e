{# A version was the valid one at a moment: half-open intervals, so that exactly one is. #}
{% macro valid_at(versions, moment) -%}
    ({{ moment }} >= {{ versions }}.valid_from and {{ moment }} < {{ versions }}.valid_to)
{%- endmacro %}


{# A version was the valid one at the end of a day: for facts of which the source tells the day and not the hour. #}
{% macro valid_at_end_of(versions, day) -%}
    {%- set next_day = dbt.dateadd('day', 1, 'cast(' ~ day ~ ' as timestamp)') -%}
    ({{ next_day }} > {{ versions }}.valid_from and {{ next_day }} <= {{ versions }}.valid_to)
{%- endmacro %}
