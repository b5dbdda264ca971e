-- One row per customer and month: month-end balance by the bank's own books, in the reporting currency, and its change.
-- A changed month is rebuilt together with the month after it, which is compared with it.
{{ config(
    materialized='incremental',
    incremental_strategy='replace_days',
    on_schema_change='fail',
    dist='customer_id',
    sort='month_start_date',
    meta={
        'days_of': {'fact_daily_balances': month_start('balance_date')},
        'day_column': 'month_start_date',
    },
) }}

{% set changed_months = days_to_rebuild(
    ref('fact_daily_balances'),
    day=month_start('balance_date'),
    stored_day='month_start_date',
    stored_count='balance_count'
) if is_incremental() else [] %}
{% set rebuilt_months = months_around(changed_months, 0, 1) %}

with

balances as (
    select
        *,
        {{ month_start('balance_date') }} as month_start_date
    from {{ ref('fact_daily_balances') }}
    where {{ in_months('balance_date', months_around(changed_months, 1, 1)) if is_incremental() else 'true' }}
),

-- The last balance of an account in the month is its month-end balance and counts for the customer who holds it then.
-- Balances without an exchange rate come last.
ranked as (
    select
        *,
        row_number() over (
            partition by
                delivered_account_id,
                month_start_date
            order by
                case when closing_balance_reporting is null then 1 else 0 end,
                balance_date desc
        ) as rank_from_end
    from balances
),

customer_days as (
    select
        customer_id,
        month_start_date,
        balance_date,
        count(*) as balance_count,
        case when count(*) = count(closing_balance_reporting) then sum(closing_balance_reporting) end as day_balance,
        count(*) - count(closing_balance_reporting) as unconverted_count,
        sum(case when rank_from_end = 1 then coalesce(closing_balance_reporting, 0) else 0 end) as last_balance,
        sum(case when rank_from_end = 1 and closing_balance_reporting is null then 1 else 0 end) as unconverted_last,
        max(_built_at) as built_at
    from ranked
    group by
        customer_id,
        month_start_date,
        balance_date
),

months as (
    select
        customer_id,
        month_start_date,
        sum(balance_count) as balance_count,
        count(*) as day_count,
        sum(day_balance) as balance_sum,
        count(day_balance) as converted_day_count,
        case when sum(unconverted_last) = 0 then sum(last_balance) end as month_end_balance,
        sum(unconverted_count) as unconverted_count,
        max(built_at) as built_at
    from customer_days
    group by
        customer_id,
        month_start_date
),

compared as (
    select
        months.customer_id,
        months.month_start_date,
        months.balance_count,
        months.day_count,
        months.month_end_balance,
        {{ divide('months.balance_sum', 'months.converted_day_count', 2) }} as average_balance,
        previous.month_end_balance as previous_balance,
        months.month_end_balance - previous.month_end_balance as balance_change,
        months.unconverted_count,
        months.built_at
    from months
    left join months as previous
        on
            months.customer_id = previous.customer_id
            and months.month_start_date = cast({{ dbt.dateadd('month', 1, 'previous.month_start_date') }} as date)
    where {{ in_days('months.month_start_date', rebuilt_months, exact=true) if is_incremental() else 'true' }}
),

final as (
    select
        customer_id,
        {{ date_id('month_start_date') }} as date_id,

        month_start_date,

        cast(balance_count as bigint) as balance_count,
        day_count,
        cast(month_end_balance as decimal(38, 2)) as month_end_balance_reporting,
        cast(average_balance as decimal(38, 2)) as average_balance_reporting,
        cast(previous_balance as decimal(38, 2)) as previous_month_end_balance_reporting,
        cast(balance_change as decimal(38, 2)) as balance_change_reporting,
        cast({{ divide('balance_change', 'abs(previous_balance)', 6) }} as decimal(38, 6)) as balance_change_share,
        -- Integer arithmetic: more than a twentieth (5 percent) up or down.
        case
            when balance_change is null then cast(null as varchar(16))
            when 20 * balance_change > abs(previous_balance) then 'growing'
            when 20 * balance_change < -abs(previous_balance) then 'shrinking'
            else 'stable'
        end as balance_trend,
        cast(unconverted_count as bigint) as unconverted_count,

        built_at as _built_at
    from compared
)

{{ fingerprinted('final') }}
