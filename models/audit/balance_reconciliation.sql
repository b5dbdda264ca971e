-- Compares the delivered balances with the transactions, per account and day: closing less opening balance, less the
-- posted amounts. A difference is no error of the warehouse: balances rightly differ by a transaction that was
-- rejected or has not arrived. So a difference is shown with its probable cause and does not fail a test.
{% set business_date = transaction_date_of('base_transactions') -%}

with

balances as (select * from {{ ref('fact_daily_balances') }}),

transactions as (select * from {{ ref('fact_transaction') }}),

base_transactions as (select * from {{ ref('base_banking__transactions') }}),

base_balances as (select * from {{ ref('base_banking__daily_balances') }}),

rejected_rows as (select * from {{ ref('rejected_rows') }}),

posted as (
    select
        delivered_account_id,
        transaction_date,
        currency_id,
        sum(posted_amount) as posted_amount,
        sum(case when is_pending then 1 else 0 end) as pending_count
    from transactions
    group by
        delivered_account_id,
        transaction_date,
        currency_id
),

-- Unresolved rejected rows whose account and day could be parsed.
rejected_transactions as (
    select
        base_transactions.account_id,
        {{ business_date }} as business_date,
        count(*) as rejected_count
    from base_transactions
    inner join rejected_rows
        on
            base_transactions._source_file = rejected_rows.source_file
            and base_transactions._source_line = rejected_rows.source_line
    where
        base_transactions._failed_rules <> ''
        and not rejected_rows.is_resolved
    group by
        base_transactions.account_id,
        {{ business_date }}
),

rejected_balances as (
    select
        base_balances.account_id,
        base_balances.balance_date,
        count(*) as rejected_count
    from base_balances
    inner join rejected_rows
        on
            base_balances._source_file = rejected_rows.source_file
            and base_balances._source_line = rejected_rows.source_line
    where
        base_balances._failed_rules <> ''
        and not rejected_rows.is_resolved
    group by
        base_balances.account_id,
        base_balances.balance_date
),

chained as (
    select
        *,
        lag(closing_balance) over (
            partition by delivered_account_id
            order by balance_date
        ) as previous_closing_balance
    from balances
),

-- A day with a balance is compared in the currency of the balance. A day without a balance shows the posted amounts.
days as (
    select
        coalesce(chained.delivered_account_id, posted.delivered_account_id) as delivered_account_id,
        coalesce(chained.balance_date, posted.transaction_date) as balance_date,
        coalesce(chained.currency_id, posted.currency_id) as currency_id,
        chained.balance_date is not null as has_balance,
        chained.opening_balance,
        chained.closing_balance,
        coalesce(posted.posted_amount, 0) as posted_amount,
        coalesce(posted.pending_count, 0) as pending_count,
        coalesce(chained.net_change, 0) - coalesce(posted.posted_amount, 0) as difference,
        chained.previous_closing_balance,
        cast(chained.opening_balance as decimal(19, 2)) - chained.previous_closing_balance as chain_difference
    from chained
    full outer join posted
        on
            chained.delivered_account_id = posted.delivered_account_id
            and chained.balance_date = posted.transaction_date
            and chained.currency_id = posted.currency_id
),

compared as (
    select
        days.*,
        coalesce(rejected_transactions.rejected_count, 0) as rejected_transaction_count,
        coalesce(rejected_balances.rejected_count, 0) as rejected_balance_count,
        days.difference = 0 and coalesce(days.chain_difference, 0) = 0 as is_tied
    from days
    left join rejected_transactions
        on
            days.delivered_account_id = rejected_transactions.account_id
            and days.balance_date = rejected_transactions.business_date
    left join rejected_balances
        on
            days.delivered_account_id = rejected_balances.account_id
            and days.balance_date = rejected_balances.balance_date
),

final as (
    select
        delivered_account_id,
        currency_id,

        balance_date,
        has_balance,
        case
            when is_tied then null
            when rejected_balance_count > 0 then 'balance rejected'
            when rejected_transaction_count > 0 then 'transaction rejected'
            when not has_balance then 'balance not delivered'
            when pending_count > 0 then 'transaction pending'
            when difference = 0 then 'previous closing balance differs'
            else 'not known: a late or unreadable transaction'
        end as explanation,

        opening_balance,
        closing_balance,
        cast(posted_amount as decimal(38, 2)) as posted_amount,
        cast(difference as decimal(38, 2)) as difference,
        cast(previous_closing_balance as decimal(18, 2)) as previous_closing_balance,
        cast(chain_difference as decimal(38, 2)) as chain_difference,
        cast(pending_count as bigint) as pending_count,
        cast(rejected_transaction_count as bigint) as rejected_transaction_count,
        cast(rejected_balance_count as bigint) as rejected_balance_count,
        is_tied
    from compared
)

select * from final
