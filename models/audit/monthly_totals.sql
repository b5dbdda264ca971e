-- The totals of each month and currency, one row per revision. Every run compares the fact with the latest revision and
-- adds a row for each month that differs; restatements explains the changes. A full refresh does not rebuild the table:
-- earlier totals cannot be computed again.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    on_schema_change='fail',
) }}

with

transactions as (select * from {{ ref('fact_transaction') }}),

-- Withdrawn and replaced transactions are not in the fact, but they change totals too.
not_counted as (
    select coalesce(max(_loaded_at), {{ beginning_of_time() }}) as _loaded_at
    from {{ ref('stg_banking__transactions') }}
    where not ({{ is_counted() }})
),

deliveries as (select * from {{ ref('base_control__deliveries') }}),

currencies as (select * from {{ ref('dim_currency') }}),

found as (
    select
        cast(date_trunc('month', transactions.transaction_date) as date) as month_start,
        currencies.currency_code,
        count(*) as transaction_count,
        sum(transactions.transaction_amount) as amount,
        sum(transactions.posted_amount) as posted_amount
    from transactions
    inner join currencies on transactions.currency_id = currencies.currency_id
    group by
        cast(date_trunc('month', transactions.transaction_date) as date),
        currencies.currency_code
),

-- The last business day of the rows in the fact, which may be older than the last delivery. Transactions dated after
-- their arrival do not count.
progress as (
    select
        max(
            case when transactions.transaction_date <= deliveries.arrived_on then transactions.transaction_date end
        ) as last_business_day,
        max(transactions._loaded_at) as _loaded_at
    from transactions
    inner join deliveries on transactions._source_file = deliveries.bronze_file
),

{% if is_incremental() -%}
ranked as (
    select
        *,
        row_number() over (
            partition by month_start, currency_code
            order by revision desc
        ) as revision_rank
    from {{ this }}
),

stored as (
    select *
    from ranked
    where revision_rank = 1
),
{%- else -%}
stored as (
    select
        cast(null as date) as month_start,
        cast(null as varchar(256)) as currency_code,
        0 as revision,
        0 as transaction_count,
        cast(0 as decimal(38, 2)) as amount,
        cast(0 as decimal(38, 2)) as posted_amount
    where false
),
{%- endif %}

revisions as (
    select coalesce(max(revision), 0) + 1 as revision
    from stored
),

compared as (
    select
        coalesce(found.month_start, stored.month_start) as month_start,
        coalesce(found.currency_code, stored.currency_code) as currency_code,
        coalesce(found.transaction_count, 0) as transaction_count,
        coalesce(found.amount, 0) as amount,
        coalesce(found.posted_amount, 0) as posted_amount,
        coalesce(stored.transaction_count, 0) as stored_transaction_count,
        coalesce(stored.amount, 0) as stored_amount,
        coalesce(stored.posted_amount, 0) as stored_posted_amount
    from found
    full outer join stored
        on
            found.month_start = stored.month_start
            and found.currency_code = stored.currency_code
),

final as (
    select
        compared.month_start,
        compared.currency_code,
        cast(revisions.revision as integer) as revision,

        progress.last_business_day,

        cast(compared.transaction_count as bigint) as transaction_count,
        cast(compared.amount as decimal(38, 2)) as amount,
        cast(compared.posted_amount as decimal(38, 2)) as posted_amount,

        greatest(progress._loaded_at, not_counted._loaded_at) as _loaded_at
    from compared
    cross join revisions
    cross join progress
    cross join not_counted
    where
        compared.transaction_count <> compared.stored_transaction_count
        or compared.amount <> compared.stored_amount
        or compared.posted_amount <> compared.stored_posted_amount
)

select * from final
