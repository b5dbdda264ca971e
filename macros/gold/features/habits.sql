{#
    Whose habits a transaction is compared with. The unknown customer stands for many people, so the subject of an orphaned
    transaction is its account.
#}
{% macro subject_of(fact) -%}
    case
        when {{ fact }}.customer_id = 'unknown' then 'account ' || {{ fact }}.delivered_account_id
        else {{ fact }}.customer_id
    end
{%- endmacro %}


{# The condition that rows of two tables are about the same subject, transaction type and week. #}
{% macro same_habit(one, other) -%}
    {{ one }}.subject_id = {{ other }}.subject_id
    and {{ one }}.transaction_type_id = {{ other }}.transaction_type_id
    and {{ one }}.week_start_date = {{ other }}.week_start_date
{%- endmacro %}


{#
    Number, median and median absolute deviation (MAD) of the amounts of each habit. Amounts are compared by logarithm,
    because half and double are equally far from the usual amount. A median of an even number of amounts is the lower one of
    the two in the middle.

    amounts: name of a CTE with subject_id, transaction_type_id, week_start_date, transaction_amount_reporting and its
    logarithm log_amount, one row per amount of a habit.
#}
{% macro typical_amounts(amounts) -%}
    {{ adapter.dispatch('typical_amounts', 'tieout')(amounts) }}
{%- endmacro %}


{# Ranks by window functions: Redshift's aggregates have no discrete percentile. #}
{% macro default__typical_amounts(amounts) -%}
    {%- set habit = 'subject_id, transaction_type_id, week_start_date' -%}
    select
        {{ habit }},
        habit_count,
        typical_amount_reporting,
        max(case when 2 * deviation_rank in (habit_count, habit_count + 1) then deviation end) as typical_deviation
    from (
        select
            deviations.*,
            row_number() over (partition by {{ habit }} order by deviation) as deviation_rank
        from (
            select
                middles.*,
                abs(log_amount - middle_log) as deviation
            from (
                select
                    ranked.*,
                    max(case
                        when 2 * amount_rank in (habit_count, habit_count + 1) then transaction_amount_reporting
                    end) over (partition by {{ habit }}) as typical_amount_reporting,
                    max(case when 2 * amount_rank in (habit_count, habit_count + 1) then log_amount end)
                        over (partition by {{ habit }}) as middle_log
                from (
                    select
                        {{ amounts }}.*,
                        row_number() over (partition by {{ habit }} order by transaction_amount_reporting)
                            as amount_rank,
                        count(*) over (partition by {{ habit }}) as habit_count
                    from {{ amounts }}
                ) as ranked
            ) as middles
        ) as deviations
    ) as ranked_deviations
    group by
        {{ habit }},
        habit_count,
        typical_amount_reporting
{%- endmacro %}


{#
    Collects the logarithms of a habit in a list, so that its amounts are neither sorted by window functions nor joined
    again. quantile_disc(0.5) is the lower one of the two in the middle.
#}
{% macro duckdb__typical_amounts(amounts) -%}
    {%- set habit = 'subject_id, transaction_type_id, week_start_date' -%}
    select
        {{ habit }},
        habit_count,
        typical_amount_reporting,
        list_aggregate(
            list_transform(log_amounts, lambda log_amount: abs(log_amount - middle_log)), 'quantile_disc', 0.5
        ) as typical_deviation
    from (
        select
            {{ habit }},
            count(*) as habit_count,
            quantile_disc(transaction_amount_reporting, 0.5) as typical_amount_reporting,
            quantile_disc(log_amount, 0.5) as middle_log,
            list(log_amount) as log_amounts
        from {{ amounts }}
        group by {{ habit }}
    ) as collected
{%- endmacro %}
