{#
    True where dim_date does not have the day: it is outside of [calendar_start, calendar_end).

    time_zone: of a time in UTC, the time zone that decides its date; none for a date.
#}
{% macro out_of_calendar(column, time_zone=none) -%}
    {%- set first = "cast('" ~ var('calendar_start') ~ "' as date)" -%}
    {%- set end = "cast('" ~ var('calendar_end') ~ "' as date)" -%}
    {%- if time_zone -%}
        {%- set first = begin_in_utc(var('calendar_start'), time_zone) or first -%}
        {%- set end = begin_in_utc(var('calendar_end'), time_zone) or end -%}
    {%- endif -%}
    not ({{ column }} >= {{ first }} and {{ column }} < {{ end }})
{%- endmacro %}


{# The literal of the moment in UTC at which a day begins in a time zone; none where that is midnight. #}
{% macro begin_in_utc(day, time_zone) %}
    {%- set midnight = modules.datetime.datetime.fromisoformat(day) -%}
    {%- set begin = modules.pytz.timezone(time_zone).localize(midnight).astimezone(modules.pytz.utc).replace(tzinfo=none) -%}
    {{ return("cast('" ~ begin ~ "' as timestamp)" if begin != midnight else none) }}
{% endmacro %}


{# True where a version cannot begin at a time: intervals are within beginning_of_time() and end_of_time(). #}
{% macro out_of_time(column) -%}
    not ({{ column }} > {{ beginning_of_time() }} and {{ column }} < {{ end_of_time() }})
{%- endmacro %}


{#
    The condition that an update time is later than the arrival of its file, with a tolerance for clocks and time zones that
    differ. Such a row would win over all later updates of its key.

    column: name of a timestamp column, next to _arrived_on.
#}
{% macro after_arrival(column) -%}
    {{- expect_expression('after_arrival', 'column', column) -}}
    cast({{ column }} as date) > {{ dbt.dateadd('day', var('update_time_tolerance_days'), '_arrived_on') }}
    and {{ column }} < {{ end_of_time() }}
{%- endmacro %}
