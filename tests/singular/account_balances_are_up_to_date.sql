-- Fails for an account whose balance is not the latest one that the bank delivered, without those that are dated ahead
-- of their arrival, plus what was posted later.
with

accounts as (select * from {{ ref('dim_account') }}),

daily_balances as (select * from {{ ref('fact_daily_balances') }}),

daily_net_balance_change as (select * from {{ ref('daily_net_balance_change') }}),

currencies as (select * from {{ ref('dim_currency') }}),

deliveries as (select * from {{ ref('base_control__deliveries') }}),

last_arrival as (
    {{ last_arrival_of('deliveries', 'banking', 'daily_balances') }}
),

-- Balances of the day that an account shows and of later ones: the balance that it shows, and no other.
delivered as (
    select
        accounts.account_id,
        count(*) as balance_count,
        sum(
            case
                when
                    daily_balances.balance_date = accounts.delivered_balance_date
                    and daily_balances.closing_balance = accounts.delivered_balance
                    then 1
                else 0
            end
        ) as shown_count
    from accounts
    inner join currencies on accounts.currency = currencies.currency_code
    inner join daily_balances
        on
            accounts.account_id = daily_balances.account_id
            and currencies.currency_id = daily_balances.currency_id
            and (
                accounts.delivered_balance_date is null
                or accounts.delivered_balance_date <= daily_balances.balance_date
            )
    cross join last_arrival
    where
        accounts.account_id <> 'unknown'
        and {{ is_not_ahead('daily_balances.balance_date', 'last_arrival.arrived_on') }}
    group by accounts.account_id
),

posted as (
    select
        accounts.account_id,
        sum(changes.net_change) as posted_amount
    from accounts
    inner join daily_net_balance_change as changes
        on
            accounts.account_id = changes.account_id
            and accounts.currency = changes.currency_code
            and (
                accounts.delivered_balance_date is null
                or accounts.delivered_balance_date < changes.transaction_date
            )
    group by accounts.account_id
),

final as (
    select
        accounts.account_id,
        accounts.delivered_balance_date,
        accounts.delivered_balance,
        accounts.posted_later_amount
    from accounts
    left join delivered on accounts.account_id = delivered.account_id
    left join posted on accounts.account_id = posted.account_id
    where
        coalesce(delivered.balance_count, 0) <> case when accounts.delivered_balance_date is null then 0 else 1 end
        or coalesce(delivered.balance_count, 0) <> coalesce(delivered.shown_count, 0)
        or coalesce(posted.posted_amount, 0) <> accounts.posted_later_amount
)

select * from final
