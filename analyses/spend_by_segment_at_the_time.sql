-- Spend by customer segment, as it was at the time of the transaction.
with

transactions as (select * from {{ ref('fact_transaction') }}),

customer_versions as (select * from {{ ref('dim_customer_history') }}),

currencies as (select * from {{ ref('dim_currency') }}),

final as (
    select
        customer_versions.segment,
        currencies.currency_code,
        count(distinct transactions.customer_id) as customers,
        -sum(transactions.posted_amount) as spent_amount
    from transactions
    -- The version key joins the version of that time; the business key would join the current one.
    inner join customer_versions on transactions.customer_sk = customer_versions.customer_sk
    inner join currencies on transactions.currency_id = currencies.currency_id
    where transactions.posted_amount < 0
    group by
        customer_versions.segment,
        currencies.currency_code
)

select * from final
order by
    segment,
    currency_code
