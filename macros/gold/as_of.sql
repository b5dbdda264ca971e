{#
    The day on which a file of an entity arrived last, as arrived_on, in one row. A file without rows counts: it says that there is
    nothing new. A refused one does not.

    deliveries: name of a CTE with the delivery log.
#}
{% macro last_arrival_of(deliveries, domain, entity) -%}
    select max(arrived_on) as arrived_on
    from {{ deliveries }}
    where
        domain = {{ text_literal(domain) }}
        and entity = {{ text_literal(entity) }}
        and delivery_status = 'landed'
{%- endmacro %}


{#
    Whether a day does not lie ahead of the last arrival. Clocks and time zones may differ by update_time_tolerance_days.

    day, arrived_on: SQL expressions.
#}
{% macro is_not_ahead(day, arrived_on) -%}
    {{ day }} <= {{ dbt.dateadd('day', var('update_time_tolerance_days'), arrived_on) }}
{%- endmacro %}


{#
    The last of the days of an aggregate that does not lie ahead of the last arrival, so that a date with a wrong year does not
    make everything else look old. If all days lie ahead, the day of that arrival. A date from the data, not today's date: the
    same deliveries always give the same result.

    arrived_on: SQL expression, the same for all rows.
#}
{% macro last_day_not_ahead(day, arrived_on) -%}
    coalesce(max(case when {{ is_not_ahead(day, arrived_on) }} then {{ day }} end), least(max({{ day }}), max({{ arrived_on }})))
{%- endmacro %}
