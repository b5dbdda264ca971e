-- One row per day and merchant category: its share of the day's spend, and the trend of the last two windows of days.
-- A table: it is small, and a late row changes the averages of many later days.
{{ config(sort='transaction_date') }}

{#- Days of a window. A trend compares the window that ends with the day with the window before it. #}
{%- set window = 28 %}

with

totals as (
    select *
    from {{ ref('merchant_category_totals') }}
    -- Unknown has no merchant: cash, transfers, and payments to merchants that have not been delivered.
    where merchant_category <> 'Unknown'
),

dates as (select * from {{ ref('dim_date') }}),

calendar_bounds as (
    select
        min(transaction_date) as first_date,
        max(transaction_date) as last_date
    from totals
),

categories as (
    select distinct merchant_category
    from totals
),

-- A day without spend in a category counts as 0.
calendar as (
    select
        categories.merchant_category,
        dates.full_date as transaction_date,
        coalesce(totals.spend_amount_reporting, 0) as spend_amount_reporting
    from calendar_bounds
    inner join dates on dates.full_date between calendar_bounds.first_date and calendar_bounds.last_date
    cross join categories
    left join totals
        on
            categories.merchant_category = totals.merchant_category
            and dates.full_date = totals.transaction_date
),

trailing_sums as (
    select
        merchant_category,
        transaction_date,
        count(*) over (
            partition by merchant_category
            order by transaction_date
            rows between {{ 2 * window - 1 }} preceding and current row
        ) as trailing_days,
        sum(spend_amount_reporting) over (
            partition by merchant_category
            order by transaction_date
            rows between {{ window - 1 }} preceding and current row
        ) as trailing_amount,
        sum(spend_amount_reporting) over (
            partition by merchant_category
            order by transaction_date
            rows between {{ 2 * window - 1 }} preceding and {{ window }} preceding
        ) as amount_before
    from calendar
),

day_sums as (
    select
        transaction_date,
        sum(spend_amount_reporting) as day_amount
    from totals
    group by transaction_date
),

compared as (
    select
        totals.merchant_category,
        totals.date_id,
        totals.transaction_date,
        totals.completed_count,
        totals.spend_amount_reporting,
        totals.unconverted_count,
        {{ divide('totals.spend_amount_reporting', 'day_sums.day_amount', 6) }} as share_of_day,
        case
            when trailing_sums.trailing_days >= {{ window }}
                then {{ divide('trailing_sums.trailing_amount', window | string, 2) }}
        end as trailing_28_day_average_reporting,
        case
            when trailing_sums.trailing_days = {{ 2 * window }}
                then {{ divide('trailing_sums.amount_before', window | string, 2) }}
        end as previous_28_day_average_reporting,
        case
            when trailing_sums.trailing_days = {{ 2 * window }}
                then trailing_sums.trailing_amount - trailing_sums.amount_before
        end as amount_change,
        trailing_sums.amount_before,
        totals._built_at
    from totals
    inner join day_sums on totals.transaction_date = day_sums.transaction_date
    inner join trailing_sums
        on
            totals.merchant_category = trailing_sums.merchant_category
            and totals.transaction_date = trailing_sums.transaction_date
),

final as (
    select
        merchant_category,
        date_id,

        transaction_date,

        completed_count,
        spend_amount_reporting,
        cast(share_of_day as decimal(9, 6)) as share_of_day,
        cast(trailing_28_day_average_reporting as decimal(38, 2)) as trailing_28_day_average_reporting,
        cast(previous_28_day_average_reporting as decimal(38, 2)) as previous_28_day_average_reporting,
        cast({{ divide('amount_change', 'amount_before', 6) }} as decimal(38, 6)) as change_share,
        -- Integer arithmetic: more than a tenth up or down.
        case
            when amount_change is null then cast(null as varchar(16))
            when 10 * amount_change > amount_before then 'rising'
            when 10 * amount_change < -amount_before then 'falling'
            else 'stable'
        end as spend_trend,
        unconverted_count,

        _built_at
    from compared
)

select * from final
