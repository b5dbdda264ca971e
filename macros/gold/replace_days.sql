{#
    The incremental strategy of tables that aggregate a fact by day: changed days are deleted and inserted as a whole.
    delete+insert is not enough, because it deletes only days that have new rows. If the only transaction of a day is
    corrected to another date, the day has none, and must be deleted too.

    The query returns all rows of every changed day. The strategy deletes these days, and stored days that are in no source
    any more. With `distinct`, nodes of Redshift send each other the days of a source and not its rows. meta.days_of maps
    each source to the SQL expression of the day in it. meta.day_column is the column of the day in this table,
    transaction_date by default. For a table by month, both are the first day of the month.
#}
{% macro get_incremental_replace_days_sql(arg_dict) %}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    {%- set meta = config.get('meta') or {} -%}
    {%- if meta.get('days_of') is not mapping -%}
        {{ exceptions.raise_compiler_error(
            "replace_days: " ~ this.identifier ~ " needs meta.days_of, which maps each source to the SQL expression of the day in it, as in "
            ~ "meta={'days_of': {'fact_transaction': 'transaction_date'}}, not " ~ (meta.get('days_of') or 'nothing')
        ) }}
    {%- endif -%}
    {%- set day_column = meta.get('day_column', 'transaction_date') -%}
    delete from {{ arg_dict['target_relation'] }}
    where {{ day_column }} in (select {{ day_column }} from {{ arg_dict['temp_relation'] }});

    delete from {{ arg_dict['target_relation'] }}
    where {{ day_column }} not in (
        {%- for source, day in meta['days_of'].items() %}
        select distinct {{ day }} from {{ ref(source) }}
        {{ 'union' if not loop.last }}
        {%- endfor %}
    );

    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }}
    from {{ arg_dict['temp_relation'] }}
{% endmacro %}


{#
    Days on which the source has changed since this table was built: days with rows that were written later, and days whose
    number of rows differs, because a row has moved to another day.
#}
{% macro days_to_rebuild(
    source,
    day='transaction_date',
    counted='count(*)',
    where='true',
    stored_day='transaction_date',
    stored_count='transaction_count',
    built_at='_built_at'
) %}
    {%- if not execute -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set query -%}
        with

        source_rows as (
            select
                {{ day }} as source_day,
                {{ counted }} as row_count,
                max(_built_at) as built_at
            from {{ source }}
            where {{ where }}
            group by {{ day }}
        ),

        stored_rows as (
            select
                {{ stored_day }} as stored_day,
                sum({{ stored_count }}) as row_count
            from {{ this }}
            group by {{ stored_day }}
        )

        select coalesce(source_rows.source_day, stored_rows.stored_day) as changed_day
        from source_rows
        full outer join stored_rows on source_rows.source_day = stored_rows.stored_day
        where
            source_rows.built_at > {{ latest(this, built_at) }}
            or coalesce(source_rows.row_count, 0) <> coalesce(stored_rows.row_count, 0)
        order by 1
    {%- endset -%}
    {{ return(run_query(query).columns[0].values() | list) }}
{% endmacro %}


{#
    The condition that a row of the fact is on a day to rebuild; true in a full refresh.
#}
{% macro on_changed_days(fact, day='transaction_date', stored_count='transaction_count') -%}
    {%- if is_incremental() -%}
        {%- set days = days_to_rebuild(fact, day=day, stored_day=day, stored_count=stored_count) -%}
        {{ in_days(day, days, exact=true) }}
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}
