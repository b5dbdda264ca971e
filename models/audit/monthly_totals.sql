-- What did each month add up to, whenever that changed? The memory of the tripwire in restatements: every run compares
-- the fact with what it was seen to be last, and adds a row where it differs. Never rebuilt, a full refresh included:
-- what was seen before cannot be worked out again.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    on_schema_change='fail',
) }}

with

transactions as (select * from {{ ref('fact_transaction') }}),

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

-- By what is in the fact, which may have been built before the last deliveries. What is dated behind its arrival says
-- nothing of how far the business has come.
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
            order by sighting desc
        ) as place
    from {{ this }}
),

remembered as (
    select *
    from ranked
    where place = 1
),
{%- else -%}
remembered as (
    select
        cast(null as date) as month_start,
        cast(null as varchar(256)) as currency_code,
        0 as sighting,
        0 as transaction_count,
        cast(0 as decimal(38, 2)) as amount,
        cast(0 as decimal(38, 2)) as posted_amount
    where false
),
{%- endif %}

sightings as (
    select coalesce(max(sighting), 0) + 1 as sighting
    from remembered
),

compared as (
    select
        coalesce(found.month_start, remembered.month_start) as month_start,
        coalesce(found.currency_code, remembered.currency_code) as currency_code,
        coalesce(found.transaction_count, 0) as transaction_count,
        coalesce(found.amount, 0) as amount,
        coalesce(found.posted_amount, 0) as posted_amount,
        coalesce(remembered.transaction_count, 0) as remembered_transaction_count,
        coalesce(remembered.amount, 0) as remembered_amount,
        coalesce(remembered.posted_amount, 0) as remembered_posted_amount
    from found
    full outer join remembered
        on
            found.month_start = remembered.month_start
            and found.currency_code = remembered.currency_code
),

final as (
    select
        compared.month_start,
        compared.currency_code,
        cast(sightings.sighting as integer) as sighting,

        progress.last_business_day,

        cast(compared.transaction_count as bigint) as transaction_count,
        cast(compared.amount as decimal(38, 2)) as amount,
        cast(compared.posted_amount as decimal(38, 2)) as posted_amount,

        progress._loaded_at
    from compared
    cross join sightings
    cross join progress
    where
        compared.transaction_count <> compared.remembered_transaction_count
        or compared.amount <> compared.remembered_amount
        or compared.posted_amount <> compared.remembered_posted_amount
)

select * from final
