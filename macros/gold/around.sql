{# The days and those before and after each of them, sorted and without repetition. #}
{% macro days_around(days, before, after) -%}
    {%- set around = [] -%}
    {%- for day in days -%}
        {%- set date = modules.datetime.date.fromisoformat((day | string)[:10]) -%}
        {%- for shift in range(-before, after + 1) -%}
            {%- do around.append(date + modules.datetime.timedelta(days=shift)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(around | unique | sort) }}
{%- endmacro %}


{# The months, as their first days, and those before and after each of them, sorted and without repetition. #}
{% macro months_around(months, before, after) -%}
    {%- set around = [] -%}
    {%- for month in months -%}
        {%- set date = modules.datetime.date.fromisoformat((month | string)[:10]) -%}
        {%- for shift in range(-before, after + 1) -%}
            {%- set number = date.year * 12 + date.month - 1 + shift -%}
            {%- do around.append(modules.datetime.date(number // 12, number % 12 + 1, 1)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(around | unique | sort) }}
{%- endmacro %}


{# The first day of a date's month. #}
{% macro month_start(date) -%}
    cast(date_trunc('month', {{ date }}) as date)
{%- endmacro %}


{#
    The weeks that the days belong to, as their first days (Mondays), and those before and after each of them, sorted and
    without repetition.
#}
{% macro weeks_around(days, before, after) -%}
    {%- set around = [] -%}
    {%- for day in days -%}
        {%- set date = modules.datetime.date.fromisoformat((day | string)[:10]) -%}
        {%- set monday = date - modules.datetime.timedelta(days=date.weekday()) -%}
        {%- for shift in range(-before, after + 1) -%}
            {%- do around.append(monday + modules.datetime.timedelta(days=7 * shift)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(around | unique | sort) }}
{%- endmacro %}


{# The days of the weeks with these first days. #}
{% macro days_of_weeks(weeks) -%}
    {{ return(days_around(weeks, 0, 6)) }}
{%- endmacro %}


{# The first day of a date's week, a Monday. #}
{% macro week_start(date) -%}
    cast(date_trunc('week', {{ date }}) as date)
{%- endmacro %}
