-- How does each transaction compare with the habits of its customer and with what else happened on its account?
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['transaction_id'],
    on_schema_change='fail',
    dist='account_id',
    sort='transaction_date',
) }}

{#- Days that a row looks back for habits (13 whole weeks and the days of its own), and around itself for runs. #}
{%- set habit_days = 98 %}
{%- set run_days = 7 %}

with

-- An orphan's habits are those of its account: the unknown member is not one customer.
facts as (
    select
        *,
        case when customer_id = 'unknown' then 'account ' || delivered_account_id else customer_id end as subject_id,
        cast(date_trunc('week', transaction_date) as date) as week_start
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

-- By what the customers know of their homes: where a place is new, but they are not built yet, they come later.
new_homes as (
    select customer_sk
    from customer_history
    where _location_loaded_at > {{ latest(this, '_home_loaded_at') }}
),

-- Where a transaction was before its change counts too.
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
    inner join new_homes on facts.customer_sk = new_homes.customer_sk
),

-- A change touches what follows it, and what is so shortly before it that both may belong to one run.
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
        >= cast({{ dbt.dateadd('day', -(habit_days + run_days), 'affected_subjects.from_date') }} as date)
),
{%- else -%}
context as (
    select
        *,
        true as is_affected
    from facts
),
{%- endif %}

described as (
    select
        context.*,
        transaction_types.transaction_type_name,
        channels.channel_name,
        places.latitude,
        places.longitude,
        customer_history._location_loaded_at as _home_loaded_at,
        {{ distance_km('homes.latitude', 'homes.longitude', 'places.latitude', 'places.longitude') }}
            as distance_from_home_km
    from context
    inner join transaction_types on context.transaction_type_id = transaction_types.transaction_type_id
    inner join channels on context.channel_id = channels.channel_id
    inner join locations as places on context.location_id = places.location_id
    inner join customer_history on context.customer_sk = customer_history.customer_sk
    inner join locations as homes on customer_history.location_id = homes.location_id
),

-- What a customer usually pays, or gets, in a transaction of this type: the completed ones of the 13 weeks before.
weeks as (
    select distinct
        subject_id,
        transaction_type_id,
        week_start
    from described
    where is_affected
),

earlier_amounts as (
    select
        weeks.subject_id,
        weeks.transaction_type_id,
        weeks.week_start,
        earlier.transaction_amount_usd,
        row_number() over (
            partition by weeks.subject_id, weeks.transaction_type_id, weeks.week_start
            order by earlier.transaction_amount_usd
        ) as amount_rank,
        count(*) over (
            partition by weeks.subject_id, weeks.transaction_type_id, weeks.week_start
        ) as habit_count
    from weeks
    inner join described as earlier
        on
            weeks.subject_id = earlier.subject_id
            and weeks.transaction_type_id = earlier.transaction_type_id
            and weeks.week_start > earlier.transaction_date
            and cast({{ dbt.dateadd('day', -91, 'weeks.week_start') }} as date) <= earlier.transaction_date
    where
        earlier.posted_amount <> 0
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

-- Amounts are compared as ratios, by logarithm: half and double are equally far from what is usual.
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
),

habits as (
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
),

-- Uses with a card or in person, at a known place: one cannot be at two places at once.
placed as (
    select
        transaction_id,
        transaction_ts,
        latitude,
        longitude,
        lag(transaction_ts) over (
            partition by subject_id, delivered_account_id
            order by transaction_ts, transaction_id
        ) as previous_ts,
        lag(latitude) over (
            partition by subject_id, delivered_account_id
            order by transaction_ts, transaction_id
        ) as previous_latitude,
        lag(longitude) over (
            partition by subject_id, delivered_account_id
            order by transaction_ts, transaction_id
        ) as previous_longitude,
        lead(transaction_ts) over (
            partition by subject_id, delivered_account_id
            order by transaction_ts, transaction_id
        ) as next_ts,
        lead(latitude) over (
            partition by subject_id, delivered_account_id
            order by transaction_ts, transaction_id
        ) as next_latitude,
        lead(longitude) over (
            partition by subject_id, delivered_account_id
            order by transaction_ts, transaction_id
        ) as next_longitude
    from described
    where latitude is not null
),

legs as (
    select
        transaction_id,
        {{ distance_km('previous_latitude', 'previous_longitude', 'latitude', 'longitude') }} as km_from_previous_use,
        {{ dbt.datediff('previous_ts', 'transaction_ts', 'second') }} as seconds_since_previous_use,
        {{ distance_km('latitude', 'longitude', 'next_latitude', 'next_longitude') }} as km_to_next_use,
        {{ dbt.datediff('transaction_ts', 'next_ts', 'second') }} as seconds_to_next_use
    from placed
),

tiny_payments as (
    select *
    from described
    where
        transaction_type_name = 'Payment'
        and transaction_amount_usd < 5
),

tiny_payment_runs as (
    {{ runs_of('tiny_payments', uses=4, minutes=10) }}
),

transfers_in as (
    select *
    from described
    where transaction_type_name = 'Transfer'
),

transfer_runs as (
    {{ runs_of('transfers_in', uses=6, minutes=90) }}
),

payments_out as (
    select *
    from described
    where
        transaction_type_name = 'Withdrawal'
        and channel_name in ('Online', 'Mobile App')
),

payment_out_runs as (
    {{ runs_of('payments_out', uses=6, minutes=90) }}
),

night_withdrawals as (
    select *
    from described
    where
        transaction_type_name = 'Withdrawal'
        and extract(hour from transaction_ts) < 6
),

night_withdrawal_runs as (
    {{ runs_of('night_withdrawals', uses=3, minutes=60) }}
),

-- Cash of 10,000 dollars or more has to be reported.
cash_below_limit as (
    select *
    from described
    where
        transaction_type_name = 'Deposit'
        and channel_name in ('Branch', 'ATM')
        and transaction_amount_usd >= 9000
        and transaction_amount_usd < 10000
),

cash_below_limit_runs as (
    {{ runs_of('cash_below_limit', uses=2, minutes=run_days * 1440) }}
),

in_runs as (
    select
        described.*,
        coalesce(tiny_payment_runs.is_in_run, false) as is_in_tiny_payment_run,
        coalesce(transfer_runs.is_in_run, false) as is_in_transfer_run,
        coalesce(payment_out_runs.is_in_run, false) as is_in_payment_out_run,
        coalesce(night_withdrawal_runs.is_in_run, false) as is_in_night_withdrawal_run,
        cash_below_limit.transaction_id is not null as is_cash_below_limit,
        coalesce(cash_below_limit_runs.is_in_run, false) as is_in_cash_below_limit_run
    from described
    left join tiny_payment_runs on described.transaction_id = tiny_payment_runs.transaction_id
    left join transfer_runs on described.transaction_id = transfer_runs.transaction_id
    left join payment_out_runs on described.transaction_id = payment_out_runs.transaction_id
    left join night_withdrawal_runs on described.transaction_id = night_withdrawal_runs.transaction_id
    left join cash_below_limit on described.transaction_id = cash_below_limit.transaction_id
    left join cash_below_limit_runs on described.transaction_id = cash_below_limit_runs.transaction_id
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
        ) as last_tiny_payment_ts,
        max(case when is_in_transfer_run then transaction_ts end) over (
            partition by subject_id, delivered_account_id
            order by transaction_ts, transaction_id
            rows between unbounded preceding and 1 preceding
        ) as last_transfer_ts,
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
            when extract(hour from in_sequence.transaction_ts) < 6 then 'Night'
            when extract(hour from in_sequence.transaction_ts) < 12 then 'Morning'
            when extract(hour from in_sequence.transaction_ts) < 18 then 'Afternoon'
            else 'Evening'
        end as varchar(16)) as time_of_day,
        cast(case
            when in_sequence.transaction_amount_usd < 5 then 'Tiny'
            when in_sequence.transaction_amount_usd < 50 then 'Small'
            when in_sequence.transaction_amount_usd < 500 then 'Medium'
            when in_sequence.transaction_amount_usd < 5000 then 'Large'
            when in_sequence.transaction_amount_usd >= 5000 then 'Very large'
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
        case when legs.seconds_since_previous_use <= 86400 then legs.km_from_previous_use end as km_from_previous_use,
        case
            when legs.seconds_since_previous_use <= 86400 then cast(legs.seconds_since_previous_use as bigint)
        end as seconds_since_previous_use,
        -- Faster than an airliner, 900 km an hour, and farther than a place can be misread.
        coalesce(
            legs.seconds_since_previous_use <= 86400
            and legs.km_from_previous_use > 500
            and legs.km_from_previous_use * 4 > legs.seconds_since_previous_use,
            false
        )
        or coalesce(
            legs.seconds_to_next_use <= 86400
            and legs.km_to_next_use > 500
            and legs.km_to_next_use * 4 > legs.seconds_to_next_use,
            false
        ) as is_impossible_travel,
        in_sequence.is_in_tiny_payment_run,
        coalesce(
            in_sequence.transaction_type_name = 'Payment'
            and in_sequence.transaction_amount_usd >= 100
            and in_sequence.last_tiny_payment_ts >= {{ dbt.dateadd('minute', -30, 'in_sequence.transaction_ts') }},
            false
        ) as is_after_tiny_payment_run,
        in_sequence.is_cash_below_limit,
        in_sequence.is_in_cash_below_limit_run,
        in_sequence.is_in_night_withdrawal_run,
        in_sequence.is_in_transfer_run,
        coalesce(
            in_sequence.transaction_type_name = 'Withdrawal'
            and in_sequence.channel_name in ('Online', 'Mobile App')
            and in_sequence.last_transfer_ts >= {{ dbt.dateadd('minute', -120, 'in_sequence.transaction_ts') }},
            false
        ) as is_after_transfer_run,
        in_sequence.is_in_payment_out_run,
        coalesce(
            in_sequence.transaction_type_name = 'Transfer'
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
    left join legs on in_sequence.transaction_id = legs.transaction_id
    where in_sequence.is_affected
)

select * from final
