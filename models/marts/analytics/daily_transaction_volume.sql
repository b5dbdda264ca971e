-- One row per day and currency: numbers and amounts of transactions, and whether the day is a spike.
-- A table: it is small, and a late transaction changes the averages of many later days.
{{ config(dist='all', sort='transaction_date') }}

{#- A day is compared with these days before it, and needs some of them. #}
{%- set window = 28 %}
{%- set least_days = 7 %}

with

totals as (select * from {{ ref('daily_transaction_totals') }}),

dates as (select * from {{ ref('dim_date') }}),

currency_lifetimes as (
    select
        currency_id,
        min(transaction_date) as first_date,
        max(transaction_date) as last_date
    from totals
    group by currency_id
),

-- A day without transactions counts as 0, from the first to the last day of the currency.
calendar as (
    select
        currency_lifetimes.currency_id,
        dates.full_date as transaction_date,
        coalesce(totals.transaction_count, 0) as transaction_count
    from currency_lifetimes
    inner join dates on dates.full_date between currency_lifetimes.first_date and currency_lifetimes.last_date
    left join totals
        on
            currency_lifetimes.currency_id = totals.currency_id
            and dates.full_date = totals.transaction_date
),

-- decimal(38, 0), because the square of a count can exceed a bigint.
counted as (
    select
        currency_id,
        transaction_date,
        cast(transaction_count as decimal(38, 0)) as day_count,
        cast(transaction_count * transaction_count as decimal(38, 0)) as squared_count
    from calendar
),

trailing_sums as (
    select
        currency_id,
        transaction_date,
        count(*) over (
            partition by currency_id
            order by transaction_date
            rows between {{ window }} preceding and 1 preceding
        ) as trailing_days,
        sum(day_count) over (
            partition by currency_id
            order by transaction_date
            rows between {{ window }} preceding and 1 preceding
        ) as trailing_count,
        sum(squared_count) over (
            partition by currency_id
            order by transaction_date
            rows between {{ window }} preceding and 1 preceding
        ) as trailing_squares
    from counted
),

final as (
    select
        totals.date_id,
        totals.currency_id,

        totals.transaction_date,
        totals.currency_code,

        totals.transaction_count,
        totals.completed_count,
        totals.debit_count,
        totals.credit_count,
        totals.transaction_amount,
        totals.debit_amount,
        totals.credit_amount,
        cast(trailing_sums.trailing_days as integer) as trailing_days,
        cast({{ divide('trailing_sums.trailing_count', 'trailing_sums.trailing_days', 2) }} as decimal(18, 2))
            as trailing_28_day_average_count,
        -- x > mean + 3 standard deviations, in integer arithmetic: n * x - sum > 3 * sqrt(n * squares - sum * sum).
        case
            when trailing_sums.trailing_days >= {{ least_days }}
                then
                    trailing_sums.trailing_days * totals.transaction_count > trailing_sums.trailing_count
                    and (trailing_sums.trailing_days * totals.transaction_count - trailing_sums.trailing_count)
                    * (trailing_sums.trailing_days * totals.transaction_count - trailing_sums.trailing_count)
                    > 9 * (
                        trailing_sums.trailing_days * trailing_sums.trailing_squares
                        - trailing_sums.trailing_count * trailing_sums.trailing_count
                    )
        end as is_spike,

        totals._built_at
    from totals
    inner join trailing_sums
        on
            totals.currency_id = trailing_sums.currency_id
            and totals.transaction_date = trailing_sums.transaction_date
)

select * from final
