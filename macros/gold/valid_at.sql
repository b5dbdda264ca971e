{# The condition that a version was valid at a moment. Intervals are half-open, so exactly one version is. #}
{% macro valid_at(versions, moment) -%}
    ({{ moment }} >= {{ versions }}.valid_from and {{ moment }} < {{ versions }}.valid_to)
{%- endmacro %}


{# The condition that a version was valid at the end of a day, for facts with a day but without a time. #}
{% macro valid_at_end_of(versions, day) -%}
    {%- set next_day = dbt.dateadd('day', 1, 'cast(' ~ day ~ ' as timestamp)') -%}
    ({{ next_day }} > {{ versions }}.valid_from and {{ next_day }} <= {{ versions }}.valid_to)
{%- endmacro %}
