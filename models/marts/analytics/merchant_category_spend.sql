-- What share of the day's spend goes to each category of merchants, and is that spend rising or falling?
-- Built whole: it has a row for each day and category, and a late row changes the averages of the 56 days after it.
{{ config(sort='transaction_date') }}

with

totals as (
    select *
    from {{ ref('merchant_category_totals') }}
    -- What went to no merchant: cash, transfers, and payments to merchants that have not been delivered.
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

-- Days on which nobody bought in a category count as 0.
calendar as (
    select
        categories.merchant_category,
        dates.full_date as transaction_date,
        coalesce(totals.spend_amount_usd, 0) as spend_amount_usd
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
            rows between 55 preceding and current row
        ) as trailing_days,
        sum(spend_amount_usd) over (
            partition by merchant_category
            order by transaction_date
            rows between 27 preceding and current row
        ) as trailing_amount,
        sum(spend_amount_usd) over (
            partition by merchant_category
            order by transaction_date
            rows between 55 preceding and 28 preceding
        ) as amount_before
    from calendar
),

day_sums as (
    select
        transaction_date,
        sum(spend_amount_usd) as day_amount
    from totals
    group by transaction_date
),

compared as (
    select
        totals.merchant_category,
        totals.date_id,
        totals.transaction_date,
        totals.completed_count,
        totals.spend_amount_usd,
        totals.unconverted_count,
        {{ divide('totals.spend_amount_usd', 'day_sums.day_amount', 6) }} as share_of_day,
        case
            when trailing_sums.trailing_days >= 28 then {{ divide('trailing_sums.trailing_amount', '28', 2) }}
        end as trailing_28_day_average_usd,
        case
            when trailing_sums.trailing_days = 56 then {{ divide('trailing_sums.amount_before', '28', 2) }}
        end as previous_28_day_average_usd,
        case
            when trailing_sums.trailing_days = 56 then trailing_sums.trailing_amount - trailing_sums.amount_before
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
        spend_amount_usd,
        cast(share_of_day as decimal(9, 6)) as share_of_day,
        cast(trailing_28_day_average_usd as decimal(38, 2)) as trailing_28_day_average_usd,
        cast(previous_28_day_average_usd as decimal(38, 2)) as previous_28_day_average_usd,
        cast({{ divide('amount_change', 'amount_before', 6) }} as decimal(38, 6)) as change_share,
        -- In whole cents: a tenth more or less than the 28 days before.
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
