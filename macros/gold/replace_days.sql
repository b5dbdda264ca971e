{#
    The incremental strategy of tables that add up a fact by day: the days that changed are deleted and inserted anew, in
    one statement. It exists because delete+insert deletes only days that come back with rows; a day whose last
    transaction was corrected to another date comes back with none, and must go.

    The model names its fact in meta.days_of and has the columns transaction_date, transaction_count and _built_at.
#}
{% macro get_incremental_replace_days_sql(arg_dict) %}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    {%- set days = days_to_rebuild(ref(config.get('meta')['days_of'])) -%}
    delete from {{ arg_dict['target_relation'] }}
    where {{ in_days('transaction_date', days, exact=true) }};

    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }}
    from {{ arg_dict['temp_relation'] }}
{% endmacro %}


{#
    Days on which the fact differs from what this table added up: days with rows that were written since, and days that
    lost rows to another day, which only their count tells.
#}
{% macro days_to_rebuild(fact) %}
    {%- if not execute -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set query -%}
        with

        fact_days as (
            select
                transaction_date,
                count(*) as transaction_count,
                max(_built_at) as built_at
            from {{ fact }}
            group by transaction_date
        ),

        stored_days as (
            select
                transaction_date,
                sum(transaction_count) as transaction_count
            from {{ this }}
            group by transaction_date
        )

        select coalesce(fact_days.transaction_date, stored_days.transaction_date) as transaction_date
        from fact_days
        full outer join stored_days on fact_days.transaction_date = stored_days.transaction_date
        where
            fact_days.built_at > {{ latest(this, '_built_at') }}
            or coalesce(fact_days.transaction_count, 0) <> coalesce(stored_days.transaction_count, 0)
        order by 1
    {%- endset -%}
    {{ return(run_query(query).columns[0].values()) }}
{% endmacro %}


{#
    The condition of an incremental step that adds up a fact by day: on one of the days to rebuild; true when the table is
    built anew.
#}
{% macro on_changed_days(fact) -%}
    {{ in_days('transaction_date', days_to_rebuild(fact), exact=true) if is_incremental() else 'true' }}
{%- endmacro %}
