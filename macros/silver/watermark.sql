{#
    The greatest value of a timestamp column in a table as a literal; a time before all loads where there is none. On both
    engines only literals prune partitions.
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
    The time of this load as a literal: the start of the run, but always later than all times in the column. Otherwise a
    clock that was set back would hide rows from the models that follow.
#}
{% macro load_time(relation, column) -%}
    cast('{{ run_start_after(greatest_value(relation, column) if is_incremental() else none) }}' as timestamp)
{%- endmacro %}


{# The start of the run, or a microsecond after an earlier time, if a clock that was set back makes that one later. #}
{% macro run_start_after(previous) %}
    {%- set started_at = run_started_at.replace(tzinfo=none) -%}
    {%- if previous is not none and previous >= started_at -%}
        {{ return(previous + modules.datetime.timedelta(microseconds=1)) }}
    {%- endif -%}
    {{ return(started_at) }}
{% endmacro %}


{#
    The condition of an incremental model: rows that were loaded after the latest row of this table; all rows on a full
    refresh. Selected by load time, never by business date, because a late row is new too.
#}
{% macro loaded_since_last_run(column='_loaded_at') -%}
    {{ column ~ ' > ' ~ latest(this, column) if is_incremental() else 'true' }}
{%- endmacro %}
