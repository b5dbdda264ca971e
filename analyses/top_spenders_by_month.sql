-- Customers with the spend ranks 1 to 10 of each month, in the reporting currency.
with

customer_spend_monthly as (select * from {{ ref('customer_spend_monthly') }}),

customers as (select * from {{ ref('dim_customer') }})

select
    customer_spend_monthly.month_start_date,
    customer_spend_monthly.spend_rank,
    customer_spend_monthly.customer_id,
    customers.state,
    customers.segment,
    customer_spend_monthly.spend_amount_reporting
from customer_spend_monthly
inner join customers on customer_spend_monthly.customer_id = customers.customer_id
where customer_spend_monthly.is_top_spender
order by
    customer_spend_monthly.month_start_date,
    customer_spend_monthly.spend_rank,
    customer_spend_monthly.customer_id
