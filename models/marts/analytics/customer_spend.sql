-- One row per customer and day with spend: amount in the reporting currency, rank, and comparison with the
-- customer's normal spend.
-- A changed day affects its own ranks and the normal spend of its customers on later days. Only these rows are rebuilt.
{{ config(
    materialized='incremental',
    incremental_strategy='replace_rows',
    unique_key=['customer_id', 'transaction_date'],
    on_schema_change='fail',
    dist='customer_id',
    sort='transaction_date',
) }}

{#- Normal spend covers these days before, and needs some days with spend among them. #}
{%- set normal_window = 90 %}
{%- set least_normal_days = 5 %}

{%- set changed_days = days_to_rebuild(
    ref('customer_daily_summary'), counted='sum(transaction_count)', where='spend_amount_reporting > 0'
) if is_incremental() else [] %}
{%- set rebuilt_days = days_around(changed_days, 0, normal_window) %}
{%- set read_days = days_around(changed_days, normal_window, normal_window) %}

with

spend_days as (
    select
        customer_id,
        date_id,
        transaction_date,
        transaction_count,
        merchant_count,
        spend_amount_reporting,
        _built_at
    from {{ ref('customer_daily_summary') }}
    where
        spend_amount_reporting > 0
        and {{ in_days('transaction_date', read_days) if is_incremental() else 'true' }}
),

{% if is_incremental() -%}
rows_of_changed_days as (
    select *
    from spend_days
    where {{ in_days('transaction_date', changed_days, exact=true) }}
),

stored_rows_of_changed_days as (
    select
        customer_id,
        date_id,
        transaction_date,
        spend_amount_reporting
    from {{ this }}
    where {{ in_days('transaction_date', changed_days, exact=true) }}
),

-- Customers whose spend of a changed day differs from the stored spend.
changed_spend as (
    select
        coalesce(new_rows.customer_id, stored_rows.customer_id) as customer_id,
        coalesce(new_rows.transaction_date, stored_rows.transaction_date) as transaction_date
    from rows_of_changed_days as new_rows
    full outer join stored_rows_of_changed_days as stored_rows
        on
            new_rows.customer_id = stored_rows.customer_id
            and new_rows.transaction_date = stored_rows.transaction_date
    where coalesce(new_rows.spend_amount_reporting, 0) <> coalesce(stored_rows.spend_amount_reporting, 0)
),

affected_rows as (
    select
        customer_id,
        transaction_date
    from rows_of_changed_days
    union
    select
        spend_days.customer_id,
        spend_days.transaction_date
    from spend_days
    inner join changed_spend
        on
            spend_days.customer_id = changed_spend.customer_id
            and spend_days.transaction_date > changed_spend.transaction_date
            and spend_days.transaction_date <= {{ dbt.dateadd('day', normal_window, 'changed_spend.transaction_date') }}
),
{%- else -%}
affected_rows as (
    select
        customer_id,
        transaction_date
    from spend_days
),
{%- endif %}

-- The unknown customer stands for many people, so it has no rank and no normal spend.
ranked as (
    select
        spend_days.*,
        case
            when spend_days.customer_id <> 'unknown'
                then
                    dense_rank() over (
                        partition by
                            spend_days.transaction_date,
                            case when spend_days.customer_id = 'unknown' then 1 else 0 end
                        order by spend_days.spend_amount_reporting desc
                    )
        end as spend_rank
    from spend_days
    where {{ in_days('transaction_date', rebuilt_days) if is_incremental() else 'true' }}
),

-- Days with spend in the window before each affected day, ranked by amount.
days_before as (
    select
        affected_rows.customer_id,
        affected_rows.transaction_date,
        spend_days.spend_amount_reporting,
        row_number() over (
            partition by
                affected_rows.customer_id,
                affected_rows.transaction_date
            order by
                spend_days.spend_amount_reporting,
                spend_days.transaction_date
        ) as amount_rank,
        count(*) over (
            partition by
                affected_rows.customer_id,
                affected_rows.transaction_date
        ) as day_count
    from affected_rows
    inner join spend_days
        on
            affected_rows.customer_id = spend_days.customer_id
            and affected_rows.transaction_date > spend_days.transaction_date
            and affected_rows.transaction_date <= {{ dbt.dateadd('day', normal_window, 'spend_days.transaction_date') }}
    where affected_rows.customer_id <> 'unknown'
),

-- The median: the mean of the amounts in the middle.
normal_spend as (
    select
        customer_id,
        transaction_date,
        max(day_count) as normal_days,
        sum(case when {{ is_middle_rank('amount_rank', 'day_count') }} then spend_amount_reporting end)
            as middle_amount,
        count(case when {{ is_middle_rank('amount_rank', 'day_count') }} then 1 end) as middle_count
    from days_before
    group by
        customer_id,
        transaction_date
),

compared as (
    select
        ranked.customer_id,
        ranked.date_id,
        ranked.transaction_date,
        ranked.transaction_count,
        ranked.merchant_count,
        ranked.spend_amount_reporting,
        cast(ranked.spend_rank as integer) as spend_rank,
        cast(coalesce(normal_spend.normal_days, 0) as integer) as normal_days,
        cast(
            case
                when normal_spend.normal_days >= {{ least_normal_days }}
                    then {{ divide('normal_spend.middle_amount', 'normal_spend.middle_count', 2) }}
            end as decimal(38, 2)
        ) as normal_spend_reporting,
        ranked._built_at
    from affected_rows
    inner join ranked
        on
            affected_rows.customer_id = ranked.customer_id
            and affected_rows.transaction_date = ranked.transaction_date
    left join normal_spend
        on
            affected_rows.customer_id = normal_spend.customer_id
            and affected_rows.transaction_date = normal_spend.transaction_date
),

final as (
    select
        customer_id,
        date_id,

        transaction_date,

        transaction_count,
        merchant_count,
        spend_amount_reporting,
        spend_rank,
        {{ is_top_spender('spend_rank') }} as is_top_spender,
        normal_days,
        normal_spend_reporting,
        {{ is_over_normal('spend_amount_reporting', 'normal_spend_reporting') }} as is_over_normal,

        _built_at
    from compared
    {%- if is_incremental() %}
    union all
    -- Stored rows without spend any more. The strategy deletes rows whose transaction_count is 0.
    select
        stored_rows.customer_id,
        stored_rows.date_id,

        stored_rows.transaction_date,

        0 as transaction_count,
        0 as merchant_count,
        cast(0 as decimal(38, 2)) as spend_amount_reporting,
        cast(null as integer) as spend_rank,
        false as is_top_spender,
        0 as normal_days,
        cast(null as decimal(38, 2)) as normal_spend_reporting,
        cast(null as boolean) as is_over_normal,

        {{ beginning_of_time() }} as _built_at
    from stored_rows_of_changed_days as stored_rows
    left join rows_of_changed_days as new_rows
        on
            stored_rows.customer_id = new_rows.customer_id
            and stored_rows.transaction_date = new_rows.transaction_date
    where new_rows.customer_id is null
    {%- endif %}
)

{{ fingerprinted('final') }}
