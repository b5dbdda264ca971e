{% set rules = {
    'currency_unknown': 'currencies.currency_code is null',
    'rate_date_missing': 'raw_rate_date is null',
    'rate_date_not_parsable': 'raw_rate_date is not null and rate_date is null',
    'rate_date_out_of_calendar': out_of_calendar('rate_date'),
    'updated_at_missing': 'raw_updated_at is null',
    'updated_at_not_parsable': 'raw_updated_at is not null and updated_at is null',
    'updated_at_out_of_range': out_of_time('updated_at'),
    'rate_to_usd_missing': 'raw_rate_to_usd is null',
    'rate_to_usd_not_parsable': 'raw_rate_to_usd is not null and rate_to_usd is null',
    'rate_to_usd_not_positive': 'rate_to_usd <= 0',
    'text_too_long': too_long(['currency']),
} %}
{{ config(meta={'rules': rules}) }}

with

delivered as (
    {{ delivered_rows('banking', 'fx_rates') }}
),

currencies as (select * from {{ ref('currencies') }}),

typed as (
    select
        delivered.*,
        {{ try_to_text('raw_currency', 256) }} as currency,
        {{ try_to_date('raw_rate_date') }} as rate_date,
        {{ try_to_utc('raw_updated_at') }} as updated_at,
        {{ try_to_decimal('raw_rate_to_usd', 18, 10) }} as rate_to_usd
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
        currency,
        rate_date,

        updated_at,

        rate_to_usd,

        _source_file,
        _source_line,
        _arrived_on,
        _loaded_at,
        {{ row_hash('banking', 'fx_rates') }} as _row_hash,
        _failed_rules,
        case when _failed_rules <> '' then {{ raw_record('banking', 'fx_rates') }} end as _raw_record
    from judged
)

select * from final
