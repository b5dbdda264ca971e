{#
    The habits of each subject by transaction type and week: median and median absolute deviation (MAD) of the amounts of
    its completed transactions in the whole weeks before. Amounts are compared by logarithm, because half and double are
    equally far from the usual amount.

    Only weeks with an affected transaction are computed. A median of an even number of amounts is the lower one of the two
    in the middle.

    transactions: name of a CTE with subject_id, transaction_type_id, transaction_date, week_start, is_completed,
    transaction_amount_usd and is_affected.
    weeks: how many whole weeks a habit covers.
#}
{% macro transaction_habits(transactions, weeks) -%}
    {{- expect_integer('transaction_habits', 'weeks', weeks, 1, 52) -}}
    with

    affected_weeks as (
        select distinct
            subject_id,
            transaction_type_id,
            week_start
        from {{ transactions }}
        where is_affected
    ),

    earlier_amounts as (
        select
            affected_weeks.subject_id,
            affected_weeks.transaction_type_id,
            affected_weeks.week_start,
            earlier.transaction_amount_usd,
            row_number() over (
                partition by affected_weeks.subject_id, affected_weeks.transaction_type_id, affected_weeks.week_start
                order by earlier.transaction_amount_usd
            ) as amount_rank,
            count(*) over (
                partition by affected_weeks.subject_id, affected_weeks.transaction_type_id, affected_weeks.week_start
            ) as habit_count
        from affected_weeks
        inner join {{ transactions }} as earlier
            on
                affected_weeks.subject_id = earlier.subject_id
                and affected_weeks.transaction_type_id = earlier.transaction_type_id
                and affected_weeks.week_start > earlier.transaction_date
                and cast({{ dbt.dateadd('day', -7 * weeks, 'affected_weeks.week_start') }} as date)
                <= earlier.transaction_date
        where
            earlier.is_completed
            -- An amount of 0.00 has no logarithm.
            and earlier.transaction_amount_usd > 0
    ),

    typical_amounts as (
        select
            subject_id,
            transaction_type_id,
            week_start,
            habit_count,
            max(case when 2 * amount_rank in (habit_count, habit_count + 1) then transaction_amount_usd end)
                as typical_amount_usd
        from earlier_amounts
        group by
            subject_id,
            transaction_type_id,
            week_start,
            habit_count
    ),

    deviations as (
        select
            typical_amounts.*,
            abs(
                {{ natural_log('earlier_amounts.transaction_amount_usd') }}
                - {{ natural_log('typical_amounts.typical_amount_usd') }}
            ) as deviation
        from earlier_amounts
        inner join typical_amounts
            on
                earlier_amounts.subject_id = typical_amounts.subject_id
                and earlier_amounts.transaction_type_id = typical_amounts.transaction_type_id
                and earlier_amounts.week_start = typical_amounts.week_start
    ),

    ranked_deviations as (
        select
            *,
            row_number() over (
                partition by subject_id, transaction_type_id, week_start
                order by deviation
            ) as deviation_rank
        from deviations
    )

    select
        subject_id,
        transaction_type_id,
        week_start,
        habit_count,
        typical_amount_usd,
        max(case when 2 * deviation_rank in (habit_count, habit_count + 1) then deviation end) as typical_deviation
    from ranked_deviations
    group by
        subject_id,
        transaction_type_id,
        week_start,
        habit_count,
        typical_amount_usd
{%- endmacro %}
