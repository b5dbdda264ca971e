-- One row per subject, transaction type and week with transactions: the usual amount in the weeks before.
-- A changed week changes the habits of the weeks after it. Only rows that differ from the stored ones are written.
{{ config(
    materialized='incremental',
    incremental_strategy='replace_rows',
    unique_key=['subject_id', 'transaction_type_id', 'week_start_date'],
    on_schema_change='fail',
    dist='subject_id',
    sort='week_start_date',
) }}

{#- A habit covers these whole weeks before its own. #}
{%- set habit_weeks = 13 %}
{%- set habit_days = 7 * habit_weeks %}

{%- set changed_weeks = days_to_rebuild(
    ref('fact_transaction'),
    day=week_start('event_date'),
    stored_day='week_start_date',
    built_at='_fact_built_at',
) if is_incremental() else [] %}
{%- set later_weeks = weeks_around(changed_weeks, 0, habit_weeks) %}
{%- set read_weeks = weeks_around(changed_weeks, habit_weeks, habit_weeks) %}

with

facts as (
    select
        facts.transaction_type_id,
        facts._built_at,
        {{ subject_of('facts') }} as subject_id,
        {{ week_start('facts.event_date') }} as week_start_date
    from {{ ref('fact_transaction') }} as facts
    where {{ in_days('facts.event_date', days_of_weeks(changed_weeks)) if is_incremental() else 'true' }}
),

-- An amount of 0.00 has no logarithm.
completed_facts as (
    select
        facts.transaction_type_id,
        facts.transaction_amount_reporting,
        {{ subject_of('facts') }} as subject_id,
        {{ week_start('facts.event_date') }} as week_start_date
    from {{ ref('fact_transaction') }} as facts
    where
        facts.is_completed
        and facts.transaction_amount_reporting > 0
        and {{ in_days('facts.event_date', days_of_weeks(read_weeks)) if is_incremental() else 'true' }}
),

weeks as (
    select
        subject_id,
        transaction_type_id,
        week_start_date,
        count(*) as transaction_count,
        max(_built_at) as _fact_built_at
    from facts
    group by
        subject_id,
        transaction_type_id,
        week_start_date
),

{% if is_incremental() -%}
stored as (
    select *
    from {{ this }}
    where {{ in_days('week_start_date', later_weeks, exact=true) }}
),

stored_of_changed_weeks as (
    select *
    from stored
    where {{ in_days('week_start_date', changed_weeks, exact=true) }}
),

-- A transaction that leaves a row for another one writes nothing here, but the number of transactions has changed.
changed_rows as (
    select
        coalesce(weeks.subject_id, stored_rows.subject_id) as subject_id,
        coalesce(weeks.transaction_type_id, stored_rows.transaction_type_id) as transaction_type_id,
        coalesce(weeks.week_start_date, stored_rows.week_start_date) as week_start_date,
        coalesce(weeks.transaction_count, 0) as transaction_count,
        coalesce(weeks._fact_built_at, {{ beginning_of_time() }}) as _fact_built_at,
        stored_rows.subject_id is null as is_new
    from weeks
    full outer join stored_of_changed_weeks as stored_rows on {{ same_habit('weeks', 'stored_rows') }}
    where
        coalesce(weeks.transaction_count, 0) <> coalesce(stored_rows.transaction_count, 0)
        or coalesce(weeks._fact_built_at, {{ beginning_of_time() }})
        <> coalesce(stored_rows._fact_built_at, {{ beginning_of_time() }})
),

-- New rows, and rows that look back at a changed week.
habits_to_compute as (
    select
        subject_id,
        transaction_type_id,
        week_start_date
    from changed_rows
    where is_new
    {%- for later in ['stored', 'changed_rows'] %}
    union
    select
        later_rows.subject_id,
        later_rows.transaction_type_id,
        later_rows.week_start_date
    from {{ later }} as later_rows
    inner join changed_rows
        on
            later_rows.subject_id = changed_rows.subject_id
            and later_rows.transaction_type_id = changed_rows.transaction_type_id
            and later_rows.week_start_date > changed_rows.week_start_date
            and later_rows.week_start_date
            <= cast({{ dbt.dateadd('day', habit_days, 'changed_rows.week_start_date') }} as date)
    {%- endfor %}
),
{%- else -%}
habits_to_compute as (
    select
        subject_id,
        transaction_type_id,
        week_start_date
    from weeks
),
{%- endif %}

amounts as (
    select
        habits_to_compute.subject_id,
        habits_to_compute.transaction_type_id,
        habits_to_compute.week_start_date,
        completed_facts.transaction_amount_reporting,
        {{ natural_log('completed_facts.transaction_amount_reporting') }} as log_amount
    from habits_to_compute
    inner join completed_facts
        on
            habits_to_compute.subject_id = completed_facts.subject_id
            and habits_to_compute.transaction_type_id = completed_facts.transaction_type_id
            and habits_to_compute.week_start_date > completed_facts.week_start_date
            and habits_to_compute.week_start_date
            <= cast({{ dbt.dateadd('day', habit_days, 'completed_facts.week_start_date') }} as date)
),

habits as (
    {{ typical_amounts('amounts') }}
),

{% if is_incremental() -%}
touched_rows as (
    select
        subject_id,
        transaction_type_id,
        week_start_date
    from changed_rows
    union
    select
        subject_id,
        transaction_type_id,
        week_start_date
    from habits_to_compute
),

-- A row whose own week has changed, but no week before it, keeps its habit.
remade as (
    select
        touched_rows.subject_id,
        touched_rows.transaction_type_id,
        touched_rows.week_start_date,
        coalesce(changed_rows.transaction_count, stored.transaction_count) as transaction_count,
        case
            when habits_to_compute.subject_id is null then stored.habit_count
            else coalesce(habits.habit_count, 0)
        end as habit_count,
        case
            when habits_to_compute.subject_id is null then stored.typical_amount_reporting
            else habits.typical_amount_reporting
        end as typical_amount_reporting,
        case
            when habits_to_compute.subject_id is null then stored.typical_deviation
            else habits.typical_deviation
        end as typical_deviation,
        coalesce(changed_rows._fact_built_at, stored._fact_built_at) as _fact_built_at,
        changed_rows.subject_id is not null as is_changed_row,
        stored.habit_count as stored_count,
        stored.typical_amount_reporting as stored_amount_reporting,
        stored.typical_deviation as stored_deviation,
        stored._built_at as stored_built_at
    from touched_rows
    left join stored on {{ same_habit('touched_rows', 'stored') }}
    left join changed_rows on {{ same_habit('touched_rows', 'changed_rows') }}
    left join habits_to_compute on {{ same_habit('touched_rows', 'habits_to_compute') }}
    left join habits on {{ same_habit('touched_rows', 'habits') }}
),

judged as (
    select
        *,
        coalesce(
            habit_count = stored_count
            and coalesce(typical_amount_reporting, 0) = coalesce(stored_amount_reporting, 0)
            and coalesce(typical_deviation, 0) = coalesce(stored_deviation, 0),
            false
        ) as is_same_habit
    from remade
),

compared as (
    select
        *,
        case when is_same_habit then stored_built_at else {{ load_time(this, '_built_at') }} end as built_at
    from judged
    where is_changed_row or not is_same_habit
),
{%- else -%}
compared as (
    select
        weeks.*,
        coalesce(habits.habit_count, 0) as habit_count,
        habits.typical_amount_reporting,
        habits.typical_deviation,
        {{ load_time(this, '_built_at') }} as built_at
    from weeks
    left join habits on {{ same_habit('weeks', 'habits') }}
),
{%- endif %}

final as (
    select
        cast(subject_id as varchar(512)) as subject_id,
        transaction_type_id,
        {{ date_id('week_start_date') }} as date_id,

        week_start_date,

        cast(transaction_count as bigint) as transaction_count,
        cast(habit_count as bigint) as habit_count,
        cast(typical_amount_reporting as decimal(18, 2)) as typical_amount_reporting,
        cast(typical_deviation as decimal(18, 6)) as typical_deviation,

        _fact_built_at,
        built_at as _built_at
    from compared
)

{{ fingerprinted('final') }}
