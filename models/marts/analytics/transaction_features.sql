-- One row per transaction: how it compares with the habits of its customer and with other transactions of its account.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['transaction_id'],
    on_schema_change='fail',
    dist='account_id',
    sort='transaction_date',
) }}

{#- Habits cover these whole weeks before the week of the transaction. #}
{%- set habit_weeks = 13 %}
{#- No run takes longer. #}
{%- set run_days = 7 %}
{#- Below this amount, in US dollars, a payment is tiny: it is typical of tests whether a stolen card works. #}
{%- set tiny_below = 5 %}
{#- Banks must report cash deposits of 10,000 US dollars or more. Deposits in this range are just below that limit. #}
{%- set cash_below_limit_from = 9000 %}
{%- set cash_limit = 10000 %}
{%- set patterns = {
    'tiny_payment': {'where': 'is_payment and transaction_amount_usd < ' ~ tiny_below, 'uses': 4, 'minutes': 10},
    'transfer': {'where': 'is_transfer', 'uses': 6, 'minutes': 90},
    'payment_out': {'where': 'is_payment_out', 'uses': 6, 'minutes': 90},
    'night_withdrawal': {'where': 'is_night_withdrawal', 'uses': 3, 'minutes': 60},
    'cash_below_limit': {'where': 'is_cash_below_limit', 'uses': 2, 'minutes': run_days * 24 * 60},
} %}

with

-- The unknown customer stands for many people. So the subject of an orphaned transaction is its account.
facts as (
    select
        *,
        case when customer_id = 'unknown' then 'account ' || delivered_account_id else customer_id end as subject_id,
        cast(date_trunc('week', transaction_date) as date) as week_start,
        extract(hour from transaction_ts) < 6 as is_night
    from {{ ref('fact_transaction') }}
),

customer_history as (select * from {{ ref('dim_customer_history') }}),

locations as (select * from {{ ref('dim_location') }}),

transaction_types as (select * from {{ ref('dim_transaction_type') }}),

channels as (select * from {{ ref('dim_channel') }}),

{% if is_incremental() -%}
stored as (select * from {{ this }}),

changed_facts as (
    select *
    from facts
    where _built_at > {{ latest(this, '_fact_built_at') }}
),

-- The watermark is on the customer's version and not on the location: a version that is not rebuilt yet still has the
-- old location, and must be found in the run that rebuilds it.
customers_with_new_home as (
    select customer_sk
    from customer_history
    where _location_loaded_at > {{ latest(this, '_home_loaded_at') }}
),

-- A changed transaction affects its former subject and day as well as the new ones.
changed_days as (
    select
        subject_id,
        transaction_date
    from changed_facts
    union all
    select
        stored.subject_id,
        stored.transaction_date
    from stored
    inner join changed_facts on stored.transaction_id = changed_facts.transaction_id
    union all
    select
        facts.subject_id,
        facts.transaction_date
    from facts
    inner join customers_with_new_home on facts.customer_sk = customers_with_new_home.customer_sk
),

-- A change affects all later transactions of the subject, and earlier ones that can belong to the same run.
affected_subjects as (
    select
        subject_id,
        cast({{ dbt.dateadd('day', -run_days, 'min(transaction_date)') }} as date) as from_date
    from changed_days
    group by subject_id
),

context as (
    select
        facts.*,
        facts.transaction_date >= affected_subjects.from_date as is_affected
    from facts
    inner join affected_subjects on facts.subject_id = affected_subjects.subject_id
    where
        facts.transaction_date
        >= cast({{ dbt.dateadd('day', -(7 * (habit_weeks + 1) + run_days), 'affected_subjects.from_date') }} as date)
),
{%- else -%}
context as (
    select
        *,
        true as is_affected
    from facts
),
{%- endif %}

described_transactions as (
    select
        context.*,
        transaction_types.transaction_type_name,
        transaction_types.is_payment,
        transaction_types.is_transfer,
        transaction_types.is_withdrawal and channels.is_digital as is_payment_out,
        transaction_types.is_withdrawal and context.is_night as is_night_withdrawal,
        coalesce(
            transaction_types.is_deposit
            and channels.is_cash
            and context.transaction_amount_usd >= {{ cash_below_limit_from }}
            and context.transaction_amount_usd < {{ cash_limit }},
            false
        ) as is_cash_below_limit,
        channels.channel_name,
        card_locations.latitude,
        card_locations.longitude,
        customer_history._location_loaded_at as _home_loaded_at,
        {{ distance_km('homes.latitude', 'homes.longitude', 'card_locations.latitude', 'card_locations.longitude') }}
            as distance_from_home_km
    from context
    inner join transaction_types on context.transaction_type_id = transaction_types.transaction_type_id
    inner join channels on context.channel_id = channels.channel_id
    inner join locations as card_locations on context.location_id = card_locations.location_id
    inner join customer_history on context.customer_sk = customer_history.customer_sk
    inner join locations as homes on customer_history.location_id = homes.location_id
),

habits as (
    {{ transaction_habits('described_transactions', weeks=habit_weeks) }}
),

travel as (
    {{ travel_between_uses('described_transactions') }}
),

in_runs as (
    {{ transactions_in_runs('described_transactions', patterns) }}
),

in_sequence as (
    select
        *,
        row_number() over (
            partition by subject_id, transaction_date
            order by transaction_ts, transaction_id
        ) as transaction_number_of_day,
        cast(
            sum(transaction_amount_usd) over (
                partition by subject_id, transaction_date
                order by transaction_ts, transaction_id
                rows between unbounded preceding and current row
            ) as decimal(38, 2)
        ) as cumulative_amount_of_day_usd,
        max(case when is_in_tiny_payment_run then transaction_ts end) over (
            partition by subject_id, delivered_account_id
            order by transaction_ts, transaction_id
            rows between unbounded preceding and 1 preceding
        ) as previous_tiny_payment_ts,
        max(case when is_in_transfer_run then transaction_ts end) over (
            partition by subject_id, delivered_account_id
            order by transaction_ts, transaction_id
            rows between unbounded preceding and 1 preceding
        ) as previous_transfer_ts,
        min(case when is_in_payment_out_run then transaction_ts end) over (
            partition by subject_id, delivered_account_id
            order by transaction_ts, transaction_id
            rows between 1 following and unbounded following
        ) as next_payment_out_ts
    from in_runs
),

final as (
    select
        in_sequence.transaction_id,
        in_sequence.account_id,
        in_sequence.customer_id,
        in_sequence.subject_id,
        in_sequence.date_id,

        in_sequence.transaction_ts,
        in_sequence.transaction_date,
        in_sequence.transaction_type_name,
        in_sequence.channel_name,
        cast(extract(year from in_sequence.transaction_date) as integer) as year,
        cast(extract(month from in_sequence.transaction_date) as integer) as month,
        {{ iso_day_of_week('in_sequence.transaction_date') }} as day_of_week,
        {{ iso_day_of_week('in_sequence.transaction_date') }} >= 6 as is_weekend,
        cast(extract(hour from in_sequence.transaction_ts) as integer) as hour_of_day,
        cast(case
            when in_sequence.is_night then 'Night'
            when extract(hour from in_sequence.transaction_ts) < 12 then 'Morning'
            when extract(hour from in_sequence.transaction_ts) < 18 then 'Afternoon'
            else 'Evening'
        end as varchar(16)) as time_of_day,
        in_sequence.is_night,
        cast(case
            when in_sequence.transaction_amount_usd < {{ tiny_below }} then 'Tiny'
            when in_sequence.transaction_amount_usd < 50 then 'Small'
            when in_sequence.transaction_amount_usd < 500 then 'Medium'
            when in_sequence.transaction_amount_usd < 5000 then 'Large'
            when in_sequence.transaction_amount_usd is not null then 'Very large'
        end as varchar(16)) as amount_category,

        in_sequence.transaction_amount_usd,
        in_sequence.transaction_number_of_day,
        in_sequence.cumulative_amount_of_day_usd,
        coalesce(habits.habit_count, 0) as habit_count,
        cast(habits.typical_amount_usd as decimal(18, 2)) as typical_amount_usd,
        cast(case
            when habits.habit_count >= 10
                then
                    {{ divide(
                        natural_log('in_sequence.transaction_amount_usd') ~ ' - ' ~ natural_log('habits.typical_amount_usd'),
                        'round(1.4826 * greatest(habits.typical_deviation, 0.05), 6)',
                        2,
                    ) }}
        end as decimal(9, 2)) as outlier_score,
        in_sequence.distance_from_home_km,
        travel.km_from_previous_use,
        travel.seconds_since_previous_use,
        coalesce(travel.is_impossible_travel, false) as is_impossible_travel,
        in_sequence.is_in_tiny_payment_run,
        coalesce(
            in_sequence.is_payment
            and in_sequence.transaction_amount_usd >= 100
            and in_sequence.previous_tiny_payment_ts >= {{ dbt.dateadd('minute', -30, 'in_sequence.transaction_ts') }},
            false
        ) as is_after_tiny_payment_run,
        in_sequence.is_cash_below_limit,
        in_sequence.is_in_cash_below_limit_run,
        in_sequence.is_night_withdrawal,
        in_sequence.is_in_night_withdrawal_run,
        in_sequence.is_in_transfer_run,
        coalesce(
            in_sequence.is_payment_out
            and in_sequence.previous_transfer_ts >= {{ dbt.dateadd('minute', -120, 'in_sequence.transaction_ts') }},
            false
        ) as is_after_transfer_run,
        in_sequence.is_in_payment_out_run,
        coalesce(
            in_sequence.is_transfer
            and in_sequence.transaction_amount_usd >= 500
            and in_sequence.next_payment_out_ts <= {{ dbt.dateadd('minute', 30, 'in_sequence.transaction_ts') }},
            false
        ) as is_before_payment_out_run,

        in_sequence._built_at as _fact_built_at,
        in_sequence._home_loaded_at,
        {{ load_time(this, '_built_at') }} as _built_at
    from in_sequence
    left join habits
        on
            in_sequence.subject_id = habits.subject_id
            and in_sequence.transaction_type_id = habits.transaction_type_id
            and in_sequence.week_start = habits.week_start
    left join travel on in_sequence.transaction_id = travel.transaction_id
    where in_sequence.is_affected
)

{{ fingerprinted('final') }}
