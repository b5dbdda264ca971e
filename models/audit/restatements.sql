-- The totals of closed months that changed, by how much, and by which files. A month is closed once a transaction of a
-- later month has arrived. One row per month, currency, revision and file; a row without a file is a change that no
-- delivery explains. A full refresh does not rebuild the table: earlier totals cannot be computed again.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    on_schema_change='fail',
) }}

with

totals as (select * from {{ ref('monthly_totals') }}),

base_transactions as (select * from {{ ref('base_banking__transactions') }}),

transaction_types as (select * from {{ ref('transaction_types') }}),

transaction_statuses as (select * from {{ ref('transaction_statuses') }}),

runs as (
    select
        revision,
        max(last_business_day) as last_business_day,
        max(_loaded_at) as _loaded_at
    from totals
    group by revision
),

-- For each revision the last business day and the loads of the revision before it.
revisions as (
    select
        revision,
        lag(last_business_day) over (order by revision) as previous_business_day,
        lag(_loaded_at) over (order by revision) as loaded_after,
        _loaded_at as loaded_until
    from runs
),

changes as (
    select
        totals.month_start,
        totals.currency_code,
        totals.revision,
        coalesce(
            lag(totals.transaction_count) over (
                partition by totals.month_start, totals.currency_code
                order by totals.revision
            ), 0
        ) as row_count_before,
        totals.transaction_count as row_count_after,
        coalesce(
            lag(totals.amount) over (
                partition by totals.month_start, totals.currency_code
                order by totals.revision
            ), 0
        ) as amount_before,
        totals.amount as amount_after,
        coalesce(
            lag(totals.posted_amount) over (
                partition by totals.month_start, totals.currency_code
                order by totals.revision
            ), 0
        ) as posted_amount_before,
        totals.posted_amount as posted_amount_after,
        totals._loaded_at
    from totals
),

recorded as (
    {% if is_incremental() -%}
    select coalesce(max(revision), 0) as last_revision from {{ this }}
    {%- else -%}
    select 0 as last_revision
    {%- endif %}
),

restated as (
    select
        changes.*,
        revisions.loaded_after,
        revisions.loaded_until
    from changes
    inner join revisions on changes.revision = revisions.revision
    cross join recorded
    where
        changes.month_start < date_trunc('month', revisions.previous_business_day)
        and changes.revision > recorded.last_revision
),

intervals as (
    select distinct
        revision,
        loaded_after,
        loaded_until
    from restated
),

states as (
    select
        base_transactions.transaction_id,
        cast(date_trunc('month', base_transactions.transaction_ts) as date) as month_start,
        base_transactions.currency as currency_code,
        case when {{ is_active('base_transactions') }} then 1 else 0 end as transaction_count,
        case when {{ is_active('base_transactions') }} then base_transactions.amount else 0 end as amount,
        case
            when {{ is_active('base_transactions') }} and transaction_statuses.moves_balance
                then base_transactions.amount * transaction_types.amount_sign
            else 0
        end as posted_amount,
        base_transactions.updated_at,
        base_transactions._source_file,
        base_transactions._source_line,
        base_transactions._arrived_on,
        base_transactions._loaded_at
    from base_transactions
    inner join transaction_types
        on base_transactions.transaction_type = transaction_types.transaction_type_name
    inner join transaction_statuses
        on base_transactions.transaction_status = transaction_statuses.transaction_status
    where base_transactions._failed_rules = ''
),

-- Transactions with a row that was loaded between two revisions.
touched as (
    select distinct
        intervals.revision,
        intervals.loaded_after,
        intervals.loaded_until,
        states.transaction_id
    from states
    inner join intervals
        on
            states._loaded_at > intervals.loaded_after
            and states._loaded_at <= intervals.loaded_until
),

-- All rows of these transactions, ranked as of each revision and as of the one before it.
ranked as (
    select
        touched.revision,
        states.*,
        states._loaded_at <= touched.loaded_after as was_known,
        row_number() over (
            partition by touched.revision, states.transaction_id
            order by
                states.updated_at desc, states._arrived_on desc, states._source_file desc, states._source_line desc
        ) as rank_now,
        row_number() over (
            partition by touched.revision, states.transaction_id, states._loaded_at <= touched.loaded_after
            order by
                states.updated_at desc, states._arrived_on desc, states._source_file desc, states._source_line desc
        ) as rank_before
    from states
    inner join touched
        on
            states.transaction_id = touched.transaction_id
            and states._loaded_at <= touched.loaded_until
),

states_after as (
    select *
    from ranked
    where rank_now = 1
),

states_before as (
    select *
    from ranked
    where
        was_known
        and rank_before = 1
),

-- The latest row adds to its month, unless it is withdrawn. The row that it replaced is subtracted from its own month.
effects as (
    select
        revision,
        month_start,
        currency_code,
        _source_file as source_file,
        transaction_count,
        amount,
        posted_amount
    from states_after
    union all
    select
        states_before.revision,
        states_before.month_start,
        states_before.currency_code,
        states_after._source_file as source_file,
        -states_before.transaction_count as transaction_count,
        -states_before.amount as amount,
        -states_before.posted_amount as posted_amount
    from states_before
    inner join states_after
        on
            states_before.revision = states_after.revision
            and states_before.transaction_id = states_after.transaction_id
),

effects_of_files as (
    select
        revision,
        month_start,
        currency_code,
        source_file,
        sum(transaction_count) as row_count_change,
        sum(amount) as amount_change,
        sum(posted_amount) as posted_amount_change
    from effects
    group by
        revision,
        month_start,
        currency_code,
        source_file
    having sum(transaction_count) <> 0 or sum(amount) <> 0 or sum(posted_amount) <> 0
),

explained as (
    select
        revision,
        month_start,
        currency_code,
        sum(row_count_change) as row_count_change,
        sum(amount_change) as amount_change,
        sum(posted_amount_change) as posted_amount_change
    from effects_of_files
    group by
        revision,
        month_start,
        currency_code
),

-- The part of the change that no file explains.
unexplained as (
    select
        restated.revision,
        restated.month_start,
        restated.currency_code,
        cast(null as varchar(1024)) as source_file,
        restated.row_count_after - restated.row_count_before - coalesce(explained.row_count_change, 0)
            as row_count_change,
        restated.amount_after - restated.amount_before - coalesce(explained.amount_change, 0) as amount_change,
        restated.posted_amount_after - restated.posted_amount_before - coalesce(explained.posted_amount_change, 0)
            as posted_amount_change
    from restated
    left join explained
        on
            restated.revision = explained.revision
            and restated.month_start = explained.month_start
            and restated.currency_code = explained.currency_code
),

causes as (
    select * from effects_of_files
    union all
    select
        revision,
        month_start,
        currency_code,
        source_file,
        row_count_change,
        amount_change,
        posted_amount_change
    from unexplained
    where
        row_count_change <> 0
        or amount_change <> 0
        or posted_amount_change <> 0
),

final as (
    select
        restated.month_start,
        restated.currency_code,
        restated.revision,
        causes.source_file,

        restated.row_count_before,
        restated.row_count_after,
        cast(restated.amount_before as decimal(38, 2)) as amount_before,
        cast(restated.amount_after as decimal(38, 2)) as amount_after,
        cast(restated.posted_amount_before as decimal(38, 2)) as posted_amount_before,
        cast(restated.posted_amount_after as decimal(38, 2)) as posted_amount_after,
        cast(causes.row_count_change as bigint) as row_count_change,
        cast(causes.amount_change as decimal(38, 2)) as amount_change,
        cast(causes.posted_amount_change as decimal(38, 2)) as posted_amount_change,

        restated._loaded_at
    from restated
    inner join causes
        on
            restated.revision = causes.revision
            and restated.month_start = causes.month_start
            and restated.currency_code = causes.currency_code
)

select * from final
