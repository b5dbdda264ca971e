{#
    The greatest value of a timestamp column in a table, as a literal; a time before all loads where there is none.
    A literal, because only literals prune partitions, on DuckDB as on Spectrum.
#}
{% macro latest(relation, column) -%}
    cast('{{ greatest_value(relation, column) or '1900-01-01 00:00:00' }}' as timestamp)
{%- endmacro %}


{# The greatest value of a column in a table; none where it has no value, and while the project is only parsed. #}
{% macro greatest_value(relation, column) -%}
    {%- if not execute -%}
        {{ return(none) }}
    {%- endif -%}
    {{ return(run_query("select max(" ~ column ~ ") from " ~ relation).columns[0].values()[0]) }}
{%- endmacro %}


{#
    The time of this load, as a literal: the start of the run, but always later than every time already in the column,
    so that a clock that was set back cannot hide rows from the steps that follow.
#}
{% macro load_time(relation, column) -%}
    {%- set now = run_started_at.replace(tzinfo=none) -%}
    {%- if is_incremental() -%}
        {%- set previous = greatest_value(relation, column) -%}
        {%- if previous is not none and previous >= now -%}
            {%- set now = previous + modules.datetime.timedelta(microseconds=1) -%}
        {%- endif -%}
    {%- endif -%}
    cast('{{ now }}' as timestamp)
{%- endmacro %}


{#
    The condition of an incremental step: loaded after the latest row of this table; true when the table is built anew.
    By load time, never by business date: a row that is late is still new. Gold goes by the time at which rows were built.
#}
{% macro loaded_since_last_run(column='_loaded_at') -%}
    {{ column ~ ' > ' ~ latest(this, column) if is_incremental() else 'true' }}
{%- endmacro %}
