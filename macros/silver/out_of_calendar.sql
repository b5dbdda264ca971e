{# The day is none of dim_date's: outside of [calendar_start, calendar_end). #}
{% macro out_of_calendar(column) -%}
    not ({{ column }} >= cast('{{ var("calendar_start") }}' as date) and {{ column }} < cast('{{ var("calendar_end") }}' as date))
{%- endmacro %}
