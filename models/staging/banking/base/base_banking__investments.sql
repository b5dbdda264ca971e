{% set rules = {
    'investment_id_missing': 'raw_investment_id is null',
    'account_id_missing': 'raw_account_id is null',
    'investment_type_unknown': 'investment_types.investment_type_name is null',
    'currency_unknown': 'currencies.currency_code is null',
    'investment_date_missing': 'raw_investment_date is null',
    'investment_date_not_parsable': 'raw_investment_date is not null and investment_date is null',
    'investment_date_out_of_calendar': out_of_calendar('investment_date'),
    'updated_at_missing': 'raw_updated_at is null',
    'updated_at_not_parsable': 'raw_updated_at is not null and updated_at is null',
    'updated_at_out_of_range': out_of_time('updated_at'),
    'investment_amount_missing': 'raw_investment_amount is null',
    'investment_amount_not_parsable': 'raw_investment_amount is not null and investment_amount is null',
    'investment_amount_not_positive': 'investment_amount <= 0',
    'investment_return_missing': 'raw_investment_return is null',
    'investment_return_not_parsable': 'raw_investment_return is not null and investment_return is null',
    'text_too_long': too_long(['investment_id', 'account_id', 'investment_type', 'currency']),
} %}
{{ config(meta={'rules': rules}) }}

with

delivered as (
    {{ delivered_rows('banking', 'investments') }}
),

investment_types as (select * from {{ ref('investment_types') }}),

currencies as (select * from {{ ref('currencies') }}),

typed as (
    select
        delivered.*,
        {{ try_to_text('raw_investment_id', 256) }} as investment_id,
        {{ try_to_text('raw_account_id', 256) }} as account_id,
        {{ try_to_text('raw_investment_type', 256) }} as investment_type,
        {{ try_to_text('raw_currency', 256) }} as currency,
        {{ try_to_date('raw_investment_date') }} as investment_date,
        {{ try_to_utc('raw_updated_at') }} as updated_at,
        {{ try_to_amount('raw_investment_amount') }} as investment_amount,
        {{ try_to_amount('raw_investment_return') }} as investment_return
    from delivered
),

judged as (
    select
        typed.*,
        {{ failed_rules(rules) }} as _failed_rules
    from typed
    left join investment_types on typed.raw_investment_type = investment_types.investment_type_name
    left join currencies on typed.raw_currency = currencies.currency_code
),

final as (
    select
        investment_id,
        account_id,

        investment_type,
        currency,
        investment_date,
        updated_at,

        investment_amount,
        investment_return,

        _source_file,
        _source_line,
        _arrived_on,
        _loaded_at,
        {{ row_hash('banking', 'investments') }} as _row_hash,
        _failed_rules,
        case when _failed_rules <> '' then {{ raw_record('banking', 'investments') }} end as _raw_record
    from judged
)

select * from final
