-- What did customers hold at the end of each day, per currency, and in how many accounts? Unknown accounts left out.
with

balances as (select * from {{ ref('fact_daily_balances') }}),

currencies as (select * from {{ ref('dim_currency') }}),

added_up as (
    select
        balance_date,
        currency_id,
        count(*) as account_count,
        sum(closing_balance) as closing_balance
    from balances
    where account_id <> 'unknown'
    group by
        balance_date,
        currency_id
)

select
    added_up.balance_date,
    currencies.currency_code,
    added_up.account_count,
    added_up.closing_balance,
    {{ divide('added_up.closing_balance', 'added_up.account_count', 2) }} as mean_closing_balance
from added_up
inner join currencies on added_up.currency_id = currencies.currency_id
order by
    added_up.balance_date,
    currencies.currency_code
