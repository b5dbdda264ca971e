{% set rules = {
    'account_id_missing': 'raw_account_id is null',
    'balance_date_missing': 'raw_balance_date is null',
    'balance_date_not_parsable': 'raw_balance_date is not null and balance_date is null',
    'balance_date_out_of_calendar': out_of_calendar('balance_date'),
    'currency_unknown': 'currencies.currency_code is null',
    'updated_at_missing': 'raw_updated_at is null',
    'updated_at_not_parsable': 'raw_updated_at is not null and updated_at is null',
    'updated_at_out_of_range': out_of_time('updated_at'),
    'opening_balance_missing': 'raw_opening_balance is null',
    'opening_balance_not_parsable': 'raw_opening_balance is not null and opening_balance is null',
    'closing_balance_missing': 'raw_closing_balance is null',
    'closing_balance_not_parsable': 'raw_closing_balance is not null and closing_balance is null',
    'text_too_long': too_long(['account_id', 'currency']),
} %}
{{ config(
    meta={'rules': rules},
    dist='account_id',
    sort='_loaded_at',
) }}

with

delivered as (
    {{ delivered_rows('banking', 'daily_balances') }}
),

currencies as (select * from {{ ref('currencies') }}),

typed as (
    select
        delivered.*,
        {{ try_to_text('raw_account_id', 256) }} as account_id,
        {{ try_to_date('raw_balance_date') }} as balance_date,
        {{ try_to_text('raw_currency', 256) }} as currency,
        {{ try_to_utc('raw_updated_at') }} as updated_at,
        {{ try_to_amount('raw_opening_balance') }} as opening_balance,
        {{ try_to_amount('raw_closing_balance') }} as closing_balance
    from delivered
),

judged as (
    select
        typed.*,
        {{ failed_rules(rules) }} as _failed_rules
    from typed
    left join currencies on typed.raw_currency = currencies.currency_code
),

final as (
    select
        account_id,
        balance_date,

        currency,
        updated_at,

        opening_balance,
        closing_balance,

        _source_file,
        _source_line,
        _arrived_on,
        _loaded_at,
        {{ row_hash('banking', 'daily_balances') }} as _row_hash,
        _failed_rules,
        case when _failed_rules <> '' then {{ raw_record('banking', 'daily_balances') }} end as _raw_record
    from judged
)

select * from final
