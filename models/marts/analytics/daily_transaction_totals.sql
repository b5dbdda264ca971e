-- One row per day and currency: the sums that daily_transaction_volume compares with the days before.
{{ config(
    materialized='incremental',
    incremental_strategy='replace_days',
    on_schema_change='fail',
    dist='all',
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

transaction_types as (select * from {{ ref('dim_transaction_type') }}),

final as (
    select
        {{ date_id('transactions.transaction_date') }} as date_id,
        transactions.currency_id,

        transactions.transaction_date,
        currencies.currency_code,

        count(*) as transaction_count,
        cast(sum(case when transactions.is_completed then 1 else 0 end) as bigint) as completed_count,
        -- By the sign of the type, because an amount of 0.00 has none.
        cast(
            sum(case when transactions.is_completed and transaction_types.amount_sign < 0 then 1 else 0 end) as bigint
        ) as debit_count,
        cast(
            sum(case when transactions.is_completed and transaction_types.amount_sign > 0 then 1 else 0 end) as bigint
        ) as credit_count,
        cast(sum(transactions.transaction_amount) as decimal(38, 2)) as transaction_amount,
        cast(
            -sum(case when transactions.posted_amount < 0 then transactions.posted_amount else 0 end) as decimal(38, 2)
        ) as debit_amount,
        cast(
            sum(case when transactions.posted_amount > 0 then transactions.posted_amount else 0 end) as decimal(38, 2)
        ) as credit_amount,

        max(transactions._built_at) as _built_at
    from transactions
    inner join currencies on transactions.currency_id = currencies.currency_id
    inner join transaction_types on transactions.transaction_type_id = transaction_types.transaction_type_id
    group by
        transactions.transaction_date,
        transactions.currency_id,
        currencies.currency_code
)

{{ fingerprinted('final') }}
