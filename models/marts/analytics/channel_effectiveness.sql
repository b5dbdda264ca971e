-- One row per channel and month: transactions, contacts, and how many of them succeed.
-- A month is rebuilt if the transactions or the contacts of one of its days have changed.
{{ config(
    materialized='incremental',
    incremental_strategy='replace_days',
    on_schema_change='fail',
    dist='all',
    sort='month_start_date',
    meta={
        'days_of': {
            'fact_transaction': month_start('transaction_date'),
            'fact_customer_interactions': month_start('interaction_date'),
        },
        'day_column': 'month_start_date',
    },
) }}

{% set changed_months = (
    days_to_rebuild(
        ref('fact_transaction'), day=month_start('transaction_date'), stored_day='month_start_date'
    )
    + days_to_rebuild(
        ref('fact_customer_interactions'),
        day=month_start('interaction_date'),
        stored_day='month_start_date',
        stored_count='contact_count',
        built_at='_contacts_built_at'
    )
) | unique | sort if is_incremental() else [] %}

with

transactions as (
    select *
    from {{ ref('fact_transaction') }}
    where {{ in_months('transaction_date', changed_months) if is_incremental() else 'true' }}
),

interactions as (
    select *
    from {{ ref('fact_customer_interactions') }}
    where {{ in_months('interaction_date', changed_months) if is_incremental() else 'true' }}
),

channels as (select * from {{ ref('dim_channel') }}),

monthly_transactions as (
    select
        channel_id,
        {{ month_start('transaction_date') }} as month_start_date,
        count(*) as transaction_count,
        sum(case when is_completed then 1 else 0 end) as completed_count,
        sum(case when is_completed or is_pending then 0 else 1 end) as failed_count,
        sum(case when is_pending then 1 else 0 end) as pending_count,
        count(distinct case when customer_id <> 'unknown' then customer_id end) as customer_count,
        sum(case when is_completed then transaction_amount_reporting else 0 end) as completed_amount_reporting,
        sum(case when is_completed and transaction_amount_reporting is null then 1 else 0 end) as unconverted_count,
        max(_built_at) as built_at
    from transactions
    group by
        channel_id,
        {{ month_start('transaction_date') }}
),

monthly_contacts as (
    select
        channel_id,
        {{ month_start('interaction_date') }} as month_start_date,
        count(*) as contact_count,
        sum(case when is_resolved then 1 else 0 end) as resolved_count,
        count(satisfaction_score) as scored_count,
        sum(satisfaction_score) as scores,
        count(duration_seconds) as timed_count,
        sum(cast(duration_seconds as bigint)) as seconds,
        max(_built_at) as built_at
    from interactions
    group by
        channel_id,
        {{ month_start('interaction_date') }}
),

-- Both sides have one row per channel and month, so the join multiplies neither.
joined as (
    select
        coalesce(monthly_transactions.channel_id, monthly_contacts.channel_id) as channel_id,
        coalesce(monthly_transactions.month_start_date, monthly_contacts.month_start_date) as month_start_date,
        coalesce(monthly_transactions.transaction_count, 0) as transaction_count,
        coalesce(monthly_transactions.completed_count, 0) as completed_count,
        coalesce(monthly_transactions.failed_count, 0) as failed_count,
        coalesce(monthly_transactions.pending_count, 0) as pending_count,
        coalesce(monthly_transactions.customer_count, 0) as customer_count,
        coalesce(monthly_transactions.completed_amount_reporting, 0) as completed_amount_reporting,
        coalesce(monthly_transactions.unconverted_count, 0) as unconverted_count,
        coalesce(monthly_contacts.contact_count, 0) as contact_count,
        coalesce(monthly_contacts.resolved_count, 0) as resolved_count,
        coalesce(monthly_contacts.scored_count, 0) as scored_count,
        monthly_contacts.scores,
        coalesce(monthly_contacts.timed_count, 0) as timed_count,
        monthly_contacts.seconds,
        coalesce(monthly_transactions.built_at, {{ beginning_of_time() }}) as built_at,
        coalesce(monthly_contacts.built_at, {{ beginning_of_time() }}) as contacts_built_at
    from monthly_transactions
    full outer join monthly_contacts
        on
            monthly_transactions.channel_id = monthly_contacts.channel_id
            and monthly_transactions.month_start_date = monthly_contacts.month_start_date
),

final as (
    select
        joined.channel_id,
        {{ date_id('joined.month_start_date') }} as date_id,

        channels.channel_name,
        channels.is_digital,
        joined.month_start_date,

        cast(joined.transaction_count as bigint) as transaction_count,
        cast(joined.completed_count as bigint) as completed_count,
        cast(joined.failed_count as bigint) as failed_count,
        cast(joined.pending_count as bigint) as pending_count,
        -- A pending transaction is neither completed nor failed.
        cast({{ divide('joined.completed_count', 'joined.completed_count + joined.failed_count', 6) }} as decimal(9, 6))
            as completion_rate,
        cast(joined.customer_count as bigint) as customer_count,
        cast(joined.completed_amount_reporting as decimal(38, 2)) as completed_amount_reporting,
        cast(
            {{ divide('joined.completed_amount_reporting', 'joined.completed_count - joined.unconverted_count', 2) }}
            as decimal(38, 2)
        ) as mean_amount_reporting,
        cast(joined.unconverted_count as bigint) as unconverted_count,
        cast(joined.contact_count as bigint) as contact_count,
        cast(joined.resolved_count as bigint) as resolved_count,
        cast({{ divide('joined.resolved_count', 'joined.contact_count', 6) }} as decimal(9, 6)) as resolution_rate,
        cast(joined.scored_count as bigint) as scored_count,
        cast({{ divide('joined.scores', 'joined.scored_count', 2) }} as decimal(9, 2)) as mean_satisfaction_score,
        cast({{ divide('joined.seconds', 'joined.timed_count', 2) }} as decimal(18, 2)) as mean_duration_seconds,

        joined.built_at as _built_at,
        joined.contacts_built_at as _contacts_built_at
    from joined
    inner join channels on joined.channel_id = channels.channel_id
)

{{ fingerprinted('final') }}
