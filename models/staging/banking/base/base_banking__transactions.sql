{% set rules = {
    'transaction_id_missing': 'raw_transaction_id is null',
    'account_id_missing': 'raw_account_id is null',
    'transaction_type_unknown': 'transaction_types.transaction_type_name is null',
    'amount_missing': 'raw_amount is null',
    'amount_not_parsable': 'raw_amount is not null and amount is null',
    'amount_not_positive': 'amount <= 0',
    'currency_unknown': 'currencies.currency_code is null',
    'transaction_ts_missing': 'raw_transaction_ts is null',
    'transaction_ts_not_parsable': 'raw_transaction_ts is not null and transaction_ts is null',
    'transaction_ts_out_of_calendar': out_of_calendar('transaction_ts'),
    'channel_unknown': 'raw_channel is not null and channels.channel_name is null',
    'transaction_status_unknown': 'transaction_statuses.transaction_status is null',
    'balance_after_not_parsable': 'raw_balance_after is not null and balance_after is null',
    'updated_at_not_parsable': 'raw_updated_at is not null and updated_at is null',
    'updated_at_out_of_range': out_of_time('updated_at'),
    'text_too_long': too_long([
        'transaction_id', 'account_id', 'merchant_id', 'location_id', 'transaction_type', 'currency', 'channel',
        'transaction_status', 'merchant_name', 'category', 'counterparty_account',
    ]),
} %}
{{ config(
    meta={'rules': rules},
    dist='transaction_id',
    sort='_loaded_at',
) }}

with

delivered as (
    {{ delivered_rows('banking', 'transactions') }}
),

transaction_types as (select * from {{ ref('transaction_types') }}),

transaction_statuses as (select * from {{ ref('transaction_statuses') }}),

channels as (select * from {{ ref('channels') }}),

currencies as (select * from {{ ref('currencies') }}),

typed as (
    select
        delivered.*,
        {{ try_to_text('raw_transaction_id', 256) }} as transaction_id,
        {{ try_to_text('raw_account_id', 256) }} as account_id,
        {{ try_to_text('raw_merchant_id', 256) }} as merchant_id,
        {{ try_to_text('raw_location_id', 256) }} as location_id,
        {{ try_to_text('raw_transaction_type', 256) }} as transaction_type,
        {{ try_to_text('raw_currency', 256) }} as currency,
        {{ try_to_text('raw_channel', 256) }} as channel,
        {{ try_to_text('raw_transaction_status', 256) }} as transaction_status,
        {{ try_to_text('raw_merchant_name', 4096) }} as merchant_name,
        {{ try_to_text('raw_category', 1024) }} as category,
        {{ try_to_text('raw_counterparty_account', 1024) }} as counterparty_account,
        {{ try_to_amount('raw_amount') }} as amount,
        {{ try_to_amount('raw_balance_after') }} as balance_after,
        {{ try_to_utc('raw_transaction_ts') }} as transaction_ts,
        {{ try_to_utc('coalesce(raw_updated_at, raw_transaction_ts)') }} as updated_at
    from delivered
),

judged as (
    select
        typed.*,
        {{ failed_rules(rules) }} as _failed_rules
    from typed
    left join transaction_types on typed.raw_transaction_type = transaction_types.transaction_type_name
    left join transaction_statuses on typed.raw_transaction_status = transaction_statuses.transaction_status
    left join channels on typed.raw_channel = channels.channel_name
    left join currencies on typed.raw_currency = currencies.currency_code
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
        channel,
        transaction_status,
        merchant_name,
        category,
        counterparty_account,
        updated_at,

        amount,
        balance_after,

        _source_file,
        _source_line,
        _arrived_on,
        _loaded_at,
        {{ row_hash('banking', 'transactions') }} as _row_hash,
        _failed_rules,
        case when _failed_rules <> '' then {{ raw_record('banking', 'transactions') }} end as _raw_record
    from judged
)

select * from final
