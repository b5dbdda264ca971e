-- One row per account: the current version, with the balance in its own currency.
{{ config(dist='account_id') }}

with

account_history as (select * from {{ ref('dim_account_history') }}),

daily_balances as (select * from {{ ref('fact_daily_balances') }}),

daily_net_balance_change as (select * from {{ ref('daily_net_balance_change') }}),

currencies as (select * from {{ ref('dim_currency') }}),

deliveries as (select * from {{ ref('base_control__deliveries') }}),

current_accounts as (
    select *
    from account_history
    where is_current
),

last_arrival as (
    {{ last_arrival_of('deliveries', 'banking', 'daily_balances') }}
),

-- Amounts of different currencies are not added up, so only the balances in the account's own currency count. A balance
-- with a wrong year must not hide all those that come after it.
last_balance_dates as (
    select
        daily_balances.account_id,
        daily_balances.currency_id,
        max(daily_balances.balance_date) as balance_date
    from daily_balances
    cross join last_arrival
    where {{ is_not_ahead('daily_balances.balance_date', 'last_arrival.arrived_on') }}
    group by
        daily_balances.account_id,
        daily_balances.currency_id
),

delivered_balances as (
    select
        daily_balances.account_id,
        currencies.currency_code,
        daily_balances.balance_date,
        daily_balances.closing_balance
    from daily_balances
    inner join last_balance_dates
        on
            daily_balances.account_id = last_balance_dates.account_id
            and daily_balances.currency_id = last_balance_dates.currency_id
            and daily_balances.balance_date = last_balance_dates.balance_date
    inner join currencies on daily_balances.currency_id = currencies.currency_id
    -- Rows of the unknown member belong to several accounts.
    where daily_balances.account_id <> 'unknown'
),

-- A closing balance includes what was booked on its day. Later days come on top of it.
posted_amounts as (
    select
        changes.account_id,
        changes.currency_code,
        sum(changes.net_change) as posted_amount,
        sum(
            case
                when changes.transaction_date <= delivered_balances.balance_date then 0
                else changes.net_change
            end
        ) as posted_later_amount
    from daily_net_balance_change as changes
    left join delivered_balances
        on
            changes.account_id = delivered_balances.account_id
            and changes.currency_code = delivered_balances.currency_code
    group by
        changes.account_id,
        changes.currency_code
),

final as (
    select
        current_accounts.account_id,
        current_accounts.account_sk,
        current_accounts.customer_id,
        current_accounts.delivered_customer_id,

        current_accounts.account_type,
        current_accounts.currency,
        current_accounts.account_status,
        current_accounts.branch,
        current_accounts.opened_date,
        current_accounts.is_deleted,
        current_accounts.updated_at,
        case
            when delivered_balances.account_id is null then 'posted transactions'
            else 'delivered balance'
        end as balance_source,
        delivered_balances.balance_date as delivered_balance_date,

        cast(
            coalesce(delivered_balances.closing_balance, 0) + coalesce(posted_amounts.posted_later_amount, 0)
            as decimal(38, 2)
        ) as balance,
        delivered_balances.closing_balance as delivered_balance,
        cast(coalesce(posted_amounts.posted_later_amount, 0) as decimal(38, 2)) as posted_later_amount,
        cast(coalesce(posted_amounts.posted_amount, 0) as decimal(38, 2)) as posted_amount,

        current_accounts._loaded_at
    from current_accounts
    left join delivered_balances
        on
            current_accounts.account_id = delivered_balances.account_id
            and current_accounts.currency = delivered_balances.currency_code
    left join posted_amounts
        on
            current_accounts.account_id = posted_amounts.account_id
            and current_accounts.currency = posted_amounts.currency_code
)

select * from final
