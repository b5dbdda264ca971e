-- One row per customer and month with spend: amount in the reporting currency, rank, and comparison with the
-- customer's normal spend. A changed month affects the normal spend of later months. Only these months are rebuilt.
{{ config(
    materialized='incremental',
    incremental_strategy='replace_days',
    on_schema_change='fail',
    dist='customer_id',
    sort='month_start_date',
    meta={
        'days_of': {'customer_spend': month_start('transaction_date')},
        'day_column': 'month_start_date',
    },
) }}

{#- Normal spend covers these months before, and needs some months with spend among them. #}
{%- set normal_window = 6 %}
{%- set least_normal_months = 3 %}

{%- set changed_months = days_to_rebuild(
    ref('customer_spend'),
    day=month_start('transaction_date'),
    counted='sum(transaction_count)',
    stored_day='month_start_date',
) if is_incremental() else [] %}
{%- set rebuilt_months = months_around(changed_months, 0, normal_window) %}
{%- set read_months = months_around(changed_months, normal_window, normal_window) %}

with

spend_days as (
    select
        *,
        {{ month_start('transaction_date') }} as month_start_date
    from {{ ref('customer_spend') }}
    where {{ in_months('transaction_date', read_months) if is_incremental() else 'true' }}
),

spend_months as (
    select
        customer_id,
        month_start_date,
        cast(sum(transaction_count) as bigint) as transaction_count,
        count(*) as spend_day_count,
        cast(sum(spend_amount_reporting) as decimal(38, 2)) as spend_amount_reporting,
        max(_built_at) as _built_at
    from spend_days
    group by
        customer_id,
        month_start_date
),

-- The unknown customer stands for many people, so it has no rank and no normal spend.
ranked as (
    select
        spend_months.*,
        case
            when spend_months.customer_id <> 'unknown'
                then
                    dense_rank() over (
                        partition by
                            spend_months.month_start_date,
                            case when spend_months.customer_id = 'unknown' then 1 else 0 end
                        order by spend_months.spend_amount_reporting desc
                    )
        end as spend_rank
    from spend_months
    where {{ in_days('month_start_date', rebuilt_months) if is_incremental() else 'true' }}
),

-- Months with spend in the window before each month, ranked by amount.
months_before as (
    select
        ranked.customer_id,
        ranked.month_start_date,
        spend_months.spend_amount_reporting,
        row_number() over (
            partition by
                ranked.customer_id,
                ranked.month_start_date
            order by
                spend_months.spend_amount_reporting,
                spend_months.month_start_date
        ) as amount_rank,
        count(*) over (
            partition by
                ranked.customer_id,
                ranked.month_start_date
        ) as month_count
    from ranked
    inner join spend_months
        on
            ranked.customer_id = spend_months.customer_id
            and ranked.month_start_date > spend_months.month_start_date
            and ranked.month_start_date <= {{ dbt.dateadd('month', normal_window, 'spend_months.month_start_date') }}
    where ranked.customer_id <> 'unknown'
),

-- The median: the mean of the amounts in the middle.
normal_spend as (
    select
        customer_id,
        month_start_date,
        max(month_count) as normal_months,
        sum(case when {{ is_middle_rank('amount_rank', 'month_count') }} then spend_amount_reporting end)
            as middle_amount,
        count(case when {{ is_middle_rank('amount_rank', 'month_count') }} then 1 end) as middle_count
    from months_before
    group by
        customer_id,
        month_start_date
),

compared as (
    select
        ranked.customer_id,
        ranked.month_start_date,
        ranked.transaction_count,
        ranked.spend_day_count,
        ranked.spend_amount_reporting,
        cast(ranked.spend_rank as integer) as spend_rank,
        cast(coalesce(normal_spend.normal_months, 0) as integer) as normal_months,
        cast(
            case
                when normal_spend.normal_months >= {{ least_normal_months }}
                    then {{ divide('normal_spend.middle_amount', 'normal_spend.middle_count', 2) }}
            end as decimal(38, 2)
        ) as normal_spend_reporting,
        ranked._built_at
    from ranked
    left join normal_spend
        on
            ranked.customer_id = normal_spend.customer_id
            and ranked.month_start_date = normal_spend.month_start_date
),

final as (
    select
        customer_id,
        {{ date_id('month_start_date') }} as date_id,

        month_start_date,

        transaction_count,
        spend_day_count,
        spend_amount_reporting,
        spend_rank,
        {{ is_top_spender('spend_rank') }} as is_top_spender,
        normal_months,
        normal_spend_reporting,
        {{ is_over_normal('spend_amount_reporting', 'normal_spend_reporting') }} as is_over_normal,

        _built_at
    from compared
)

{{ fingerprinted('final') }}
