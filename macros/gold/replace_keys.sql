{#
    The incremental strategy of facts with one row per row of staging. The rows of the query replace the stored rows with the
    same unique_key. A row whose _loaded_at is the beginning of time does not count: it deletes the stored row and is
    not inserted.
#}
{% macro get_incremental_replace_keys_sql(arg_dict) %}
    {{ replaced_rows('replace_keys', arg_dict, '_loaded_at > ' ~ beginning_of_time()) }}
{% endmacro %}


{#
    The load time of a row of staging in a fact with the strategy replace_keys: the beginning of time where it does not count.
    A full refresh leaves such rows out.

    rows: name of a CTE with _loaded_at and record_status.
    counted: the condition that a row counts; that it is not withdrawn, where not given.
#}
{% macro load_time_in_fact(rows, counted=none) -%}
    {{- expect_expression('load_time_in_fact', 'rows', rows) -}}
    {%- if is_incremental() -%}
    case when {{ counted or is_active(rows) }} then {{ rows }}._loaded_at else {{ beginning_of_time() }} end
    {%- else -%}
    {{ rows }}._loaded_at
    {%- endif -%}
{%- endmacro %}


{#
    Deletes the transactions that are not in the source any more, because they were withdrawn or replaced. For tables with
    one row per transaction, as a post-hook. Looks at keys only on days with more rows here than in the source.

    source: name of the fact.
    day, source_day: the same day here and in the source.
#}
{% macro remove_withdrawn(source, day='transaction_date', source_day='transaction_date') -%}
    {%- if execute and is_incremental() -%}
        {%- set counts = run_query(
            "select (select count(*) from " ~ this ~ ") - (select count(*) from " ~ ref(source) ~ ")"
        ) -%}
        {%- if counts.columns[0].values()[0] > 0 -%}
            {%- set query -%}
                select {{ day }}
                from (
                    select
                        {{ day }},
                        1 as row_count
                    from {{ this }}
                    union all
                    select
                        {{ source_day }} as {{ day }},
                        -1 as row_count
                    from {{ ref(source) }}
                ) as both_sides
                group by {{ day }}
                having sum(row_count) > 0
                order by 1
            {%- endset -%}
            {%- set days = run_query(query).columns[0].values() | list -%}
            delete from {{ this }}
            where
                {{ in_days(day, days) }}
                and transaction_id not in (
                    select source_rows.transaction_id
                    from {{ ref(source) }} as source_rows
                    where {{ in_days('source_rows.' ~ source_day, days) }}
                )
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
