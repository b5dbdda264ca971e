{#
    The subjects and days up to some days before and after each subject and day of a CTE, with days_away: the distance to
    the nearest of them.

    subject_days: name of a CTE with subject_id and transaction_date.
#}
{% macro subject_days_around(subject_days, days) -%}
    {{- expect_integer('subject_days_around', 'days', days, 1, 7) -}}
    select
        subject_id,
        transaction_date,
        min(days_away) as days_away
    from (
        {%- for shift in range(-days, days + 1) %}
        {{ 'union all' if not loop.first }}
        select
            subject_id,
            cast({{ dbt.dateadd('day', shift, 'transaction_date') }} as date) as transaction_date,
            {{ shift | abs }} as days_away
        from {{ subject_days }}
        {%- endfor %}
    ) as shifted
    group by
        subject_id,
        transaction_date
{%- endmacro %}


{# The features that depend on other transactions, each with a value that stands for null in comparisons. #}
{% macro surrounding_features() %}
    {{ return({
        'transaction_number_of_day': '0',
        'cumulative_amount_of_day_reporting': '-1',
        'km_from_previous_use': '-1',
        'seconds_since_previous_use': '-1',
        'is_impossible_travel': 'false',
        'is_in_tiny_payment_run': 'false',
        'is_after_tiny_payment_run': 'false',
        'is_in_cash_below_limit_run': 'false',
        'is_in_night_withdrawal_run': 'false',
        'is_in_transfer_run': 'false',
        'is_after_transfer_run': 'false',
        'is_in_payment_out_run': 'false',
        'is_before_payment_out_run': 'false',
    }) }}
{% endmacro %}


{#
    CTEs of transaction_features, the last of them `rescored`: the transactions that are scored again, with what depends on
    other transactions. These are the new and changed ones, those whose surroundings, home or habit differ from the stored
    row, and cash deposits whose run begins or ends. What lies further from a change keeps its stored surroundings.

    home_days, habit_days: days on which homes and habits may have changed.
    cash_run_days: how far a run of cash deposits reaches.
#}
{% macro rescored_transactions(home_days, habit_days, cash_run_days) -%}
    {%- set surroundings = surrounding_features() -%}
changed_cash_runs as (
    select distinct
        cash_uses.transaction_id,
        cash_runs.is_in_run
    from cash_uses
    inner join cash_runs on cash_uses.transaction_id = cash_runs.transaction_id
    inner join stored on cash_uses.transaction_id = stored.transaction_id
    inner join changed_subject_days
        on
            cash_uses.subject_id = changed_subject_days.subject_id
            and cash_uses.transaction_date
            >= {{ dbt.dateadd('day', -cash_run_days, 'changed_subject_days.transaction_date') }}
            and cash_uses.transaction_date
            <= {{ dbt.dateadd('day', cash_run_days, 'changed_subject_days.transaction_date') }}
    where cash_runs.is_in_run <> stored.is_in_cash_below_limit_run
),

-- Wherever they are, because a new home, habit or run of cash deposits reaches further than a day.
touched_elsewhere as (
    select facts.transaction_id
    from scored_facts as facts
    inner join customer_history on facts.customer_sk = customer_history.customer_sk
    where
        customer_history._location_loaded_at > {{ latest(this, '_home_loaded_at') }}
        and {{ in_days('facts.event_date', home_days) }}
    union
    select facts.transaction_id
    from scored_facts as facts
    inner join habits on {{ same_habit('facts', 'habits') }}
    where
        habits._built_at > {{ latest(this, '_habit_built_at') }}
        and {{ in_days('facts.event_date', habit_days) }}
    union
    select transaction_id
    from changed_cash_runs
),

rescored as (
    select
        surroundings.transaction_id
        {%- for column in surroundings %},
        surroundings.{{ column }}
        {%- endfor %}
    from surroundings
    left join stored on surroundings.transaction_id = stored.transaction_id
    left join touched_elsewhere on surroundings.transaction_id = touched_elsewhere.transaction_id
    where
        stored.transaction_id is null
        or touched_elsewhere.transaction_id is not null
        or surroundings._fact_built_at <> stored._fact_built_at
        {%- for column, no_value in surroundings.items() %}
        or coalesce(surroundings.{{ column }}, {{ no_value }}) <> coalesce(stored.{{ column }}, {{ no_value }})
        {%- endfor %}
    union all
    select
        stored.transaction_id
        {%- for column in surroundings %},
        {{ 'coalesce(changed_cash_runs.is_in_run, stored.' ~ column ~ ') as ' ~ column
            if column == 'is_in_cash_below_limit_run' else 'stored.' ~ column }}
        {%- endfor %}
    from stored
    inner join touched_elsewhere on stored.transaction_id = touched_elsewhere.transaction_id
    left join surroundings on stored.transaction_id = surroundings.transaction_id
    left join changed_cash_runs on stored.transaction_id = changed_cash_runs.transaction_id
    where surroundings.transaction_id is null
),
{%- endmacro %}
