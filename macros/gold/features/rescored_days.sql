{#
    Days with transactions that a change elsewhere may score again: transactions of customers whose home was loaded after it
    was last scored. A list of literals, so that both engines prune.

    features: the relation of transaction_features; facts: of fact_transaction; customer_versions: of dim_customer_history.
#}
{% macro days_with_new_homes(features, facts, customer_versions) -%}
    {%- if not execute -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set query -%}
        select distinct facts.event_date
        from {{ facts }} as facts
        inner join {{ customer_versions }} as versions on facts.customer_sk = versions.customer_sk
        where versions._location_loaded_at > {{ latest(features, '_home_loaded_at') }}
        order by 1
    {%- endset -%}
    {{ return(run_query(query).columns[0].values() | list) }}
{%- endmacro %}


{# The same for habits: days of the weeks in which a habit has changed since. #}
{% macro days_with_new_habits(features, habits) -%}
    {%- if not execute -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set query -%}
        select distinct week_start_date
        from {{ habits }}
        where _built_at > {{ latest(features, '_habit_built_at') }}
        order by 1
    {%- endset -%}
    {{ return(days_of_weeks(run_query(query).columns[0].values() | list)) }}
{%- endmacro %}
