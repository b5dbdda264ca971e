{% set rules = {
    'account_id_missing': 'raw_account_id is null',
    'account_id_reserved': "raw_account_id = 'unknown'",
    'customer_id_missing': 'raw_customer_id is null',
    'account_type_unknown': 'account_types.account_type is null',
    'currency_unknown': 'currencies.currency_code is null',
    'account_status_unknown': 'account_statuses.account_status is null',
    'opened_date_missing': 'raw_opened_date is null',
    'opened_date_not_parsable': 'raw_opened_date is not null and opened_date is null',
    'updated_at_missing': 'raw_updated_at is null',
    'updated_at_not_parsable': 'raw_updated_at is not null and updated_at is null',
    'updated_at_out_of_range': out_of_time('updated_at'),
    'text_too_long': too_long(['account_id', 'customer_id', 'account_type', 'currency', 'account_status', 'branch']),
} %}
{{ config(meta={'rules': rules}) }}

with

delivered as (
    {{ delivered_rows('banking', 'accounts') }}
),

account_types as (select * from {{ ref('account_types') }}),

account_statuses as (select * from {{ ref('account_statuses') }}),

currencies as (select * from {{ ref('currencies') }}),

typed as (
    select
        delivered.*,
        {{ try_to_text('raw_account_id', 256) }} as account_id,
        {{ try_to_text('raw_customer_id', 256) }} as customer_id,
        {{ try_to_text('raw_account_type', 256) }} as account_type,
        {{ try_to_text('raw_currency', 256) }} as currency,
        {{ try_to_text('raw_account_status', 256) }} as account_status,
        {{ try_to_text('raw_branch', 1024) }} as branch,
        {{ try_to_date('raw_opened_date') }} as opened_date,
        {{ try_to_utc('raw_updated_at') }} as updated_at
    from delivered
),

judged as (
    select
        typed.*,
        {{ failed_rules(rules) }} as _failed_rules
    from typed
    left join account_types on typed.raw_account_type = account_types.account_type
    left join account_statuses on typed.raw_account_status = account_statuses.account_status
    left join currencies on typed.raw_currency = currencies.currency_code
),

final as (
    select
        account_id,
        customer_id,

        account_type,
        currency,
        account_status,
        branch,
        opened_date,
        updated_at,

        _source_file,
        _source_line,
        _arrived_on,
        _loaded_at,
        {{ row_hash('banking', 'accounts') }} as _row_hash,
        _failed_rules,
        case when _failed_rules <> '' then {{ raw_record('banking', 'accounts') }} end as _raw_record
    from judged
)

select * from final
