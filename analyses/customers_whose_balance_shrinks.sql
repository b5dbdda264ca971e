-- Customers whose balance shrank in each of the last two months, in the reporting currency.
with

customer_balance_trend as (select * from {{ ref('customer_balance_trend') }}),

deliveries as (select * from {{ ref('deliveries') }}),

last_arrival as (
    {{ last_arrival_of('deliveries', 'banking', 'daily_balances') }}
),

last_month as (
    select {{ last_day_not_ahead('trends.month_start_date', 'last_arrival.arrived_on') }} as month_start_date
    from customer_balance_trend as trends
    cross join last_arrival
)

select
    this_month.customer_id,
    this_month.month_start_date,
    month_before.previous_month_end_balance_reporting as balance_two_months_ago_reporting,
    this_month.previous_month_end_balance_reporting as balance_a_month_ago_reporting,
    this_month.month_end_balance_reporting
from customer_balance_trend as this_month
inner join last_month on this_month.month_start_date = last_month.month_start_date
inner join customer_balance_trend as month_before
    on
        this_month.customer_id = month_before.customer_id
        and this_month.month_start_date = {{ dbt.dateadd('month', 1, 'month_before.month_start_date') }}
where
    this_month.balance_trend = 'shrinking'
    and month_before.balance_trend = 'shrinking'
    and this_month.customer_id <> 'unknown'
order by
    this_month.balance_change_reporting asc,
    this_month.customer_id asc
