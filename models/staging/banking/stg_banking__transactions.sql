-- The latest state of each accepted transaction, with its sign: one row per transaction.
{{ config(
    unique_key=['transaction_id'],
    dist='transaction_id',
    sort='_loaded_at',
) }}

with

base_transactions as (select * from {{ ref('base_banking__transactions') }}),

transaction_types as (select * from {{ ref('transaction_types') }}),

accepted as (
    select *
    from base_transactions
    where
        _failed_rules = ''
        and {{ loaded_since_last_run() }}
),

signed as (
    select
        accepted.transaction_id,
        accepted.account_id,
        accepted.merchant_id,
        accepted.location_id,

        accepted.transaction_type,
        accepted.currency,
        accepted.transaction_ts,
        cast(accepted.transaction_ts as date) as transaction_date,
        accepted.channel,
        accepted.transaction_status,
        accepted.merchant_name,
        accepted.category,
        accepted.counterparty_account,
        accepted.updated_at,

        accepted.amount,
        cast(accepted.amount * transaction_types.amount_sign as decimal(18, 2)) as amount_signed,
        accepted.balance_after,

        accepted._source_file,
        accepted._source_line,
        accepted._arrived_on,
        accepted._loaded_at,
        accepted._row_hash
    from accepted
    left join transaction_types on accepted.transaction_type = transaction_types.transaction_type_name
),

ranked as (
    {{ latest_version('signed', key=['transaction_id']) }}
),

final as (
    select
        transaction_id,
        account_id,
        merchant_id,
        location_id,

        transaction_type,
        currency,
        transaction_ts,
        transaction_date,
        channel,
        transaction_status,
        merchant_name,
        category,
        counterparty_account,
        updated_at,

        amount,
        amount_signed,
        balance_after,

        _source_file,
        _source_line,
        _arrived_on,
        _loaded_at,
        _row_hash
    from ranked
    where version_rank = 1
)

select * from final
