-- One row per transaction: how it compares with the habits of its customer and with other transactions of its account.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['transaction_id'],
    on_schema_change='fail',
    dist='account_id',
    sort='transaction_date',
    post_hook="{{ remove_withdrawn('fact_transaction', source_day='event_date') }}",
) }}

{#- Nothing but a run of cash deposits looks further than a day around a transaction. #}
{%- set cash_run_days = 7 %}
{#- In the reporting currency. A payment below it is tiny, which is typical of tests whether a stolen card works. #}
{%- set tiny_below = 5 %}
{#- Banks must report cash deposits of 10,000 or more. Deposits in this range are just below that limit. #}
{%- set cash_below_limit_from = 9000 %}
{%- set cash_limit = 10000 %}
{%- set is_cash_below_limit = 'transaction_types.is_deposit and channels.is_cash '
    ~ 'and facts.transaction_amount_reporting >= ' ~ cash_below_limit_from
    ~ ' and facts.transaction_amount_reporting < ' ~ cash_limit %}
{%- set patterns = {
    'tiny_payment': {'where': 'is_payment and transaction_amount_reporting < ' ~ tiny_below, 'uses': 4, 'minutes': 10},
    'transfer': {'where': 'is_transfer', 'uses': 6, 'minutes': 90},
    'payment_out': {'where': 'is_payment_out', 'uses': 6, 'minutes': 90},
    'night_withdrawal': {'where': 'is_night_withdrawal', 'uses': 3, 'minutes': 60},
} %}

{#- By the day on which a transaction took place, not by the one on which the bank booked it: what looks at the hours
    around a transaction must find its neighbours. #}
{%- set changed_days = days_to_rebuild(
    ref('fact_transaction'), day='event_date', stored_count='1', built_at='_fact_built_at'
) if is_incremental() else [] %}
{#- The dates of two times that are a day apart differ by one day, or by two where clocks are set forward. #}
{%- set reach = dates_of_a_day('banking') %}
{%- set hour = 'extract(hour from ' ~ business_time('facts.transaction_ts', 'banking') ~ ')' %}
{%- set read_days = days_around(changed_days, reach + 1, reach + 1) %}
{#- Without a time, it is midnight in UTC: elsewhere dates of two times seven days apart can differ by eight. #}
{%- set cash_run_dates = cash_run_days + (0 if business_time_zone('banking') == 'UTC' else 1) %}
{%- set cash_days = days_around(changed_days, 2 * cash_run_dates, 2 * cash_run_dates) %}
{%- set home_days = days_with_new_homes(this, ref('fact_transaction'), ref('dim_customer_history'))
    if is_incremental() else [] %}
{%- set habit_days = days_with_new_habits(this, ref('transaction_habits')) if is_incremental() else [] %}
{%- set scored_days = (days_around(changed_days, cash_run_dates, cash_run_dates) + home_days + habit_days)
    | map('string') | unique | sort %}

with

-- Facts of the days around changes.
facts as (
    select
        facts.*,
        {{ subject_of('facts') }} as subject_id
    from {{ ref('fact_transaction') }} as facts
    where {{ in_days('facts.event_date', read_days) if is_incremental() else 'true' }}
),

scored_facts as (
    select
        facts.*,
        {{ subject_of('facts') }} as subject_id,
        {{ week_start('facts.event_date') }} as week_start_date,
        case when facts.has_time then {{ hour }} < 6 end as is_night
    from {{ ref('fact_transaction') }} as facts
    where {{ in_days('facts.event_date', scored_days) if is_incremental() else 'true' }}
),

habits as (
    select *
    from {{ ref('transaction_habits') }}
    where {{ in_days('week_start_date', weeks_around(scored_days, 0, 0)) if is_incremental() else 'true' }}
),

customer_history as (select * from {{ ref('dim_customer_history') }}),

locations as (select * from {{ ref('dim_location') }}),

transaction_types as (select * from {{ ref('dim_transaction_type') }}),

channels as (select * from {{ ref('dim_channel') }}),

{% if is_incremental() -%}
stored as (
    select *
    from {{ this }}
    where {{ in_days('transaction_date', scored_days) }}
),

changed_facts as (
    select *
    from facts
    where
        {{ in_days('event_date', changed_days) }}
        and _built_at > {{ latest(this, '_fact_built_at') }}
),

-- A changed transaction affects its former subject and day as well as the new ones.
changed_subject_days as (
    select
        subject_id,
        event_date as transaction_date
    from changed_facts
    union
    select
        stored.subject_id,
        stored.transaction_date
    from stored
    inner join changed_facts on stored.transaction_id = changed_facts.transaction_id
    where {{ in_days('stored.transaction_date', changed_days) }}
    union
    -- A withdrawn transaction.
    select
        stored.subject_id,
        stored.transaction_date
    from stored
    left join facts on stored.transaction_id = facts.transaction_id
    where
        {{ in_days('stored.transaction_date', changed_days) }}
        and facts.transaction_id is null
),

-- A change affects transactions of the days before and after, which are compared with those a day further.
days_around_changes as (
    {{ subject_days_around('changed_subject_days', reach + 1) }}
),

facts_around_changes as (
    select
        facts.*,
        days_around_changes.days_away
    from facts
    inner join days_around_changes
        on
            facts.subject_id = days_around_changes.subject_id
            and facts.event_date = days_around_changes.transaction_date
),
{%- else -%}
facts_around_changes as (
    select
        *,
        0 as days_away
    from facts
),
{%- endif %}

neighbours as (
    select
        facts.transaction_id,
        facts.subject_id,
        facts.delivered_account_id,
        facts.transaction_ts,
        facts.has_time,
        facts.event_date as transaction_date,
        facts.transaction_amount_reporting,
        facts._built_at,
        facts.days_away,
        transaction_types.is_payment,
        transaction_types.is_transfer,
        transaction_types.is_withdrawal and channels.is_digital as is_payment_out,
        transaction_types.is_withdrawal and {{ hour }} < 6 as is_night_withdrawal,
        locations.latitude,
        locations.longitude
    from facts_around_changes as facts
    inner join transaction_types on facts.transaction_type_id = transaction_types.transaction_type_id
    inner join channels on facts.channel_id = channels.channel_id
    inner join locations on facts.location_id = locations.location_id
),

-- Without its time, it is unknown what a transaction came before or after.
timed as (
    select *
    from neighbours
    where has_time
),

in_sequence as (
    {{ sequence_of_days('timed') }}
),

travel as (
    {{ travel_between_uses('timed') }}
),

runs as (
    {{ transactions_in_runs('timed', patterns) }}
),

times_of_runs as (
    {{ times_of_runs('timed', 'runs') }}
),

cash_uses as (
    select
        facts.transaction_id,
        facts.delivered_account_id,
        facts.transaction_ts,
        facts.event_date as transaction_date,
        {{ subject_of('facts') }} as subject_id
    from {{ ref('fact_transaction') }} as facts
    inner join transaction_types on facts.transaction_type_id = transaction_types.transaction_type_id
    inner join channels on facts.channel_id = channels.channel_id
    where
        {{ in_days('facts.event_date', cash_days) if is_incremental() else 'true' }}
        and {{ is_cash_below_limit }}
),

cash_runs as (
    {{ runs_of('cash_uses', 2, cash_run_days * 24 * 60) }}
),

surroundings as (
    {{ surroundings_of('neighbours', patterns, reach) }}
),

{% if is_incremental() -%}
{{ rescored_transactions(home_days, habit_days, cash_run_dates) }}
{%- else -%}
rescored as (select * from surroundings),
{%- endif %}

final as (
    select
        facts.transaction_id,
        facts.account_id,
        facts.customer_id,
        facts.subject_id,
        {{ date_id('facts.event_date') }} as date_id,

        facts.transaction_ts,
        facts.has_time,
        facts.event_date as transaction_date,
        transaction_types.transaction_type_name,
        channels.channel_name,
        cast(extract(year from facts.event_date) as integer) as year,
        cast(extract(month from facts.event_date) as integer) as month,
        {{ iso_day_of_week('facts.event_date') }} as day_of_week,
        {{ iso_day_of_week('facts.event_date') }} >= 6 as is_weekend,
        cast(case when facts.has_time then {{ hour }} end as integer) as hour_of_day,
        cast(case
            when not facts.has_time then null
            when facts.is_night then 'Night'
            when {{ hour }} < 12 then 'Morning'
            when {{ hour }} < 18 then 'Afternoon'
            else 'Evening'
        end as varchar(16)) as time_of_day,
        facts.is_night,
        cast(case
            when facts.transaction_amount_reporting < {{ tiny_below }} then 'Tiny'
            when facts.transaction_amount_reporting < 50 then 'Small'
            when facts.transaction_amount_reporting < 500 then 'Medium'
            when facts.transaction_amount_reporting < 5000 then 'Large'
            when facts.transaction_amount_reporting is not null then 'Very large'
        end as varchar(16)) as amount_category,

        facts.transaction_amount_reporting,
        rescored.transaction_number_of_day,
        rescored.cumulative_amount_of_day_reporting,
        coalesce(habits.habit_count, 0) as habit_count,
        habits.typical_amount_reporting,
        cast(case
            when habits.habit_count >= 10
                then
                    {{ divide(
                        natural_log('facts.transaction_amount_reporting')
                        ~ ' - ' ~ natural_log('habits.typical_amount_reporting'),
                        'round(1.4826 * greatest(habits.typical_deviation, 0.05), 6)',
                        2,
                    ) }}
        end as decimal(9, 2)) as outlier_score,
        {{ distance_km('homes.latitude', 'homes.longitude', 'card_locations.latitude', 'card_locations.longitude') }}
            as distance_from_home_km,
        rescored.km_from_previous_use,
        rescored.seconds_since_previous_use,
        rescored.is_impossible_travel,
        rescored.is_in_tiny_payment_run,
        rescored.is_after_tiny_payment_run,
        coalesce({{ is_cash_below_limit }}, false) as is_cash_below_limit,
        rescored.is_in_cash_below_limit_run,
        transaction_types.is_withdrawal and facts.is_night as is_night_withdrawal,
        rescored.is_in_night_withdrawal_run,
        rescored.is_in_transfer_run,
        rescored.is_after_transfer_run,
        rescored.is_in_payment_out_run,
        rescored.is_before_payment_out_run,

        facts._built_at as _fact_built_at,
        customer_history._location_loaded_at as _home_loaded_at,
        coalesce(habits._built_at, {{ beginning_of_time() }}) as _habit_built_at,
        {{ load_time(this, '_built_at') }} as _built_at
    from rescored
    inner join scored_facts as facts on rescored.transaction_id = facts.transaction_id
    inner join transaction_types on facts.transaction_type_id = transaction_types.transaction_type_id
    inner join channels on facts.channel_id = channels.channel_id
    inner join locations as card_locations on facts.location_id = card_locations.location_id
    inner join customer_history on facts.customer_sk = customer_history.customer_sk
    inner join locations as homes on customer_history.location_id = homes.location_id
    left join habits on {{ same_habit('facts', 'habits') }}
)

{{ fingerprinted('final') }}
