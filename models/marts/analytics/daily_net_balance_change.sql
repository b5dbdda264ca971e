-- One row per account, day and currency: the change of the balance.
{{ config(
    materialized='incremental',
    incremental_strategy='replace_days',
    on_schema_change='fail',
    dist='account_id',
    sort='transaction_date',
    meta={'days_of': {'fact_transaction': 'transaction_date'}},
) }}

with

transactions as (
    select *
    from {{ ref('fact_transaction') }}
    where {{ on_changed_days(ref('fact_transaction')) }}
),

currencies as (select * from {{ ref('dim_currency') }}),

final as (
    select
        {{ date_id('transactions.transaction_date') }} as date_id,
        transactions.account_id,
        transactions.currency_id,

        transactions.transaction_date,
        currencies.currency_code,

        count(*) as transaction_count,
        cast(
            -sum(case when transactions.posted_amount < 0 then transactions.posted_amount else 0 end) as decimal(38, 2)
        ) as debit_amount,
        cast(
            sum(case when transactions.posted_amount > 0 then transactions.posted_amount else 0 end) as decimal(38, 2)
        ) as credit_amount,
        cast(sum(transactions.posted_amount) as decimal(38, 2)) as net_change,

        max(transactions._built_at) as _built_at
    from transactions
    inner join currencies on transactions.currency_id = currencies.currency_id
    group by
        transactions.transaction_date,
        transactions.account_id,
        transactions.currency_id,
        currencies.currency_code
)

{{ fingerprinted('final') }}
