-- Customers who spent much more than their normal spend on the last day with transactions, largest multiples first.
with

customer_spend as (select * from {{ ref('customer_spend') }}),

deliveries as (select * from {{ ref('deliveries') }}),

last_arrival as (
    {{ last_arrival_of('deliveries', 'banking', 'transactions') }}
),

last_day as (
    select {{ last_day_not_ahead('customer_spend.transaction_date', 'last_arrival.arrived_on') }} as transaction_date
    from customer_spend
    cross join last_arrival
),

over_normal as (
    select
        customer_spend.customer_id,
        customer_spend.transaction_date,
        customer_spend.spend_amount_reporting,
        customer_spend.normal_spend_reporting,
        {{ divide('customer_spend.spend_amount_reporting', 'customer_spend.normal_spend_reporting', 1) }}
            as times_normal
    from customer_spend
    inner join last_day on customer_spend.transaction_date = last_day.transaction_date
    where customer_spend.is_over_normal
)

select
    customer_id,
    transaction_date,
    spend_amount_reporting,
    normal_spend_reporting,
    times_normal
from over_normal
order by
    times_normal desc,
    customer_id asc
