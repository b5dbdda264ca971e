-- High-risk transactions of the last seven days with their reasons. The last day is the latest with
-- transactions that does not lie ahead of the last arrival.
with

transactions as (select * from {{ ref('transaction_detail') }}),

deliveries as (select * from {{ ref('deliveries') }}),

last_arrival as (
    {{ last_arrival_of('deliveries', 'banking', 'transactions') }}
),

last_day as (
    select {{ last_day_not_ahead('transactions.transaction_date', 'last_arrival.arrived_on') }} as transaction_date
    from transactions
    cross join last_arrival
)

select
    transactions.transaction_id,
    transactions.transaction_ts,
    transactions.customer_id,
    transactions.account_id,
    transactions.amount,
    transactions.currency,
    transactions.merchant_name,
    transactions.status,
    transactions.risk_score,
    transactions.risk_reasons
from transactions
inner join last_day
    on transactions.transaction_date > cast({{ dbt.dateadd('day', -7, 'last_day.transaction_date') }} as date)
where transactions.is_high_risk
order by
    transactions.risk_score desc,
    transactions.transaction_ts desc,
    transactions.transaction_id asc
