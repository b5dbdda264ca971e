{# True where dim_date does not have the day: it is outside of [calendar_start, calendar_end). #}
{% macro out_of_calendar(column) -%}
    not ({{ column }} >= cast('{{ var("calendar_start") }}' as date) and {{ column }} < cast('{{ var("calendar_end") }}' as date))
{%- endmacro %}


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
