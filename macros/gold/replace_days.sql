{#
    The incremental strategy of tables that add up others by day: the days that changed are deleted and inserted anew, in
    one go. It exists because delete+insert deletes only days that come back with rows; a day whose last
    transaction was corrected to another date comes back with none, and must go.

    The query gives every changed day whole, so a stored day must go if it is among them, or if it is in no source any
    more; the changed days themselves need not be looked for a second time. meta.days_of maps each source to the SQL of
    the day in it. A table that adds up months is the same with first days of months, and names that column in
    meta.day_column.
#}
{% macro get_incremental_replace_days_sql(arg_dict) %}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    {%- set meta = config.get('meta') or {} -%}
    {%- if meta.get('days_of') is not mapping -%}
        {{ exceptions.raise_compiler_error(
            "replace_days: " ~ this.identifier ~ " maps each of its sources to the SQL of the day in it, as in "
            ~ "meta={'days_of': {'fact_transaction': 'transaction_date'}}, not " ~ (meta.get('days_of') or 'nothing')
        ) }}
    {%- endif -%}
    {%- set day_column = meta.get('day_column', 'transaction_date') -%}
    delete from {{ arg_dict['target_relation'] }}
    where {{ day_column }} in (select {{ day_column }} from {{ arg_dict['temp_relation'] }});

    delete from {{ arg_dict['target_relation'] }}
    where {{ day_column }} not in (
        {%- for source, day in meta['days_of'].items() %}
        select {{ day }} from {{ ref(source) }}
        {{ 'union' if not loop.last }}
        {%- endfor %}
    );

    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }}
    from {{ arg_dict['temp_relation'] }}
{% endmacro %}


{#
    Days on which the source differs from what this table made of it: days with rows that were written since, and days
    that lost rows to another day, which only their count tells.
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
    The condition of an incremental step that adds up a fact by day: on one of the days to rebuild; true when the table is
    built anew.
#}
{% macro on_changed_days(fact, day='transaction_date', stored_count='transaction_count') -%}
    {%- if is_incremental() -%}
        {%- set days = days_to_rebuild(fact, day=day, stored_day=day, stored_count=stored_count) -%}
        {{ in_days(day, days, exact=true) }}
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}
