-- One row per transaction with all facts about it, for queries without joins. A view, because it computes nothing.
{{ config(materialized='view') }}

with

transactions as (select * from {{ ref('fact_transaction') }}),

transaction_risk as (select * from {{ ref('transaction_risk') }}),

accounts as (select * from {{ ref('dim_account') }}),

customers as (select * from {{ ref('dim_customer') }}),

merchant_history as (select * from {{ ref('dim_merchant_history') }}),

locations as (select * from {{ ref('dim_location') }}),

transaction_types as (select * from {{ ref('dim_transaction_type') }}),

channels as (select * from {{ ref('dim_channel') }}),

currencies as (select * from {{ ref('dim_currency') }}),

final as (
    select
        transactions.transaction_id,
        transactions.account_id,
        transactions.customer_id,
        transactions.merchant_id,
        transactions.location_id,
        transactions.date_id,

        transactions.transaction_date,
        transactions.transaction_ts,
        transactions.transaction_status as status,
        transactions.is_completed,
        transaction_types.transaction_type_name as transaction_type,
        channels.channel_name as channel,
        currencies.currency_code as currency,
        accounts.account_type,
        customers.segment as customer_segment,
        customers.state as customer_state,
        -- If the merchant has not been delivered, its name and category in the transaction are used.
        case
            when transactions.merchant_id <> 'unknown' then merchant_history.merchant_name
            else transactions.merchant_name
        end as merchant_name,
        case
            when transactions.merchant_id <> 'unknown' then merchant_history.merchant_category
            else transactions.category
        end as merchant_category,
        locations.country,
        locations.state,
        locations.city,
        transaction_risk.is_high_risk,
        transaction_risk.risk_reasons,

        transactions.transaction_amount as amount,
        transactions.amount_signed,
        transactions.posted_amount,
        transactions.transaction_amount_reporting as amount_reporting,
        transactions.posted_amount_reporting,
        transaction_risk.risk_score,

        transactions._source_file,
        transactions._source_line
    from transactions
    inner join transaction_risk on transactions.transaction_id = transaction_risk.transaction_id
    inner join accounts on transactions.account_id = accounts.account_id
    inner join customers on transactions.customer_id = customers.customer_id
    inner join merchant_history on transactions.merchant_sk = merchant_history.merchant_sk
    inner join locations on transactions.location_id = locations.location_id
    inner join transaction_types on transactions.transaction_type_id = transaction_types.transaction_type_id
    inner join channels on transactions.channel_id = channels.channel_id
    inner join currencies on transactions.currency_id = currencies.currency_id
)

select * from final
