-- The ten customers with the largest amount of completed transactions per currency, without the unknown customer.
with

transactions as (select * from {{ ref('fact_transaction') }}),

customers as (select * from {{ ref('dim_customer') }}),

currencies as (select * from {{ ref('dim_currency') }}),

moved as (
    select
        transactions.customer_id,
        transactions.currency_id,
        count(*) as completed_count,
        sum(transactions.transaction_amount) as completed_amount
    from transactions
    where
        transactions.is_completed
        and transactions.customer_id <> 'unknown'
    group by
        transactions.customer_id,
        transactions.currency_id
),

ranked as (
    select
        moved.*,
        rank() over (partition by moved.currency_id order by moved.completed_amount desc) as customer_rank
    from moved
),

final as (
    select
        currencies.currency_code,
        ranked.customer_rank,
        ranked.customer_id,
        customers.state,
        customers.segment,
        ranked.completed_count,
        ranked.completed_amount
    from ranked
    inner join customers on ranked.customer_id = customers.customer_id
    inner join currencies on ranked.currency_id = currencies.currency_id
    where ranked.customer_rank <= 10
)

select * from final
order by
    currency_code,
    customer_rank
