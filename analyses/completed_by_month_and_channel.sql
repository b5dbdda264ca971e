-- Number and amount of completed transactions by month, channel and currency.
with

transactions as (select * from {{ ref('fact_transaction') }}),

dates as (select * from {{ ref('dim_date') }}),

channels as (select * from {{ ref('dim_channel') }}),

currencies as (select * from {{ ref('dim_currency') }}),

final as (
    select
        dates.year,
        dates.month,
        channels.channel_name,
        currencies.currency_code,
        count(*) as completed_count,
        sum(transactions.transaction_amount) as completed_amount
    from transactions
    inner join dates on transactions.date_id = dates.date_id
    inner join channels on transactions.channel_id = channels.channel_id
    inner join currencies on transactions.currency_id = currencies.currency_id
    where transactions.is_completed
    group by
        dates.year,
        dates.month,
        channels.channel_name,
        currencies.currency_code
)

select * from final
order by
    year,
    month,
    channel_name,
    currency_code
