-- Total and mean closing balance by day and currency, without unknown accounts.
with

balances as (select * from {{ ref('fact_daily_balances') }}),

currencies as (select * from {{ ref('dim_currency') }}),

daily_sums as (
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
    daily_sums.balance_date,
    currencies.currency_code,
    daily_sums.account_count,
    daily_sums.closing_balance,
    {{ divide('daily_sums.closing_balance', 'daily_sums.account_count', 2) }} as mean_closing_balance
from daily_sums
inner join currencies on daily_sums.currency_id = currencies.currency_id
order by
    daily_sums.balance_date,
    currencies.currency_code
