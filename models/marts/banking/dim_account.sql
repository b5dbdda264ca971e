-- One row per account: the current version, with the balance in its own currency.
with

account_history as (select * from {{ ref('dim_account_history') }}),

daily_net_balance_change as (select * from {{ ref('daily_net_balance_change') }}),

-- Amounts of different currencies are not added up.
balances as (
    select
        account_id,
        currency_code,
        sum(net_change) as balance
    from daily_net_balance_change
    group by
        account_id,
        currency_code
),

final as (
    select
        account_history.account_id,
        account_history.account_sk,
        account_history.customer_id,
        account_history.delivered_customer_id,

        account_history.account_type,
        account_history.currency,
        account_history.account_status,
        account_history.branch,
        account_history.opened_date,
        account_history.is_deleted,
        account_history.updated_at,

        cast(coalesce(balances.balance, 0) as decimal(38, 2)) as balance,

        account_history._loaded_at
    from account_history
    left join balances
        on
            account_history.account_id = balances.account_id
            and account_history.currency = balances.currency_code
    where account_history.is_current
)

select * from final
