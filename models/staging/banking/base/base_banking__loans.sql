{% set rules = {
    'loan_id_missing': 'raw_loan_id is null',
    'customer_id_missing': 'raw_customer_id is null',
    'loan_type_unknown': 'raw_loan_type is not null and loan_types.loan_type is null',
    'loan_amount_missing': 'raw_loan_amount is null',
    'loan_amount_not_parsable': 'raw_loan_amount is not null and loan_amount is null',
    'loan_amount_not_positive': 'loan_amount <= 0',
    'currency_unknown': 'currencies.currency_code is null',
    'interest_rate_not_parsable': 'raw_interest_rate is not null and interest_rate is null',
    'interest_rate_out_of_range': 'interest_rate not between 0 and 100',
    'term_months_missing': 'raw_term_months is null',
    'term_months_not_parsable': 'raw_term_months is not null and term_months is null',
    'term_months_not_positive': 'term_months <= 0',
    'monthly_payment_not_parsable': 'raw_monthly_payment is not null and monthly_payment is null',
    'loan_status_unknown': 'loan_statuses.loan_status is null',
    'start_date_missing': 'raw_start_date is null',
    'start_date_not_parsable': 'raw_start_date is not null and start_date is null',
    'start_date_out_of_calendar': out_of_calendar('start_date'),
    'updated_at_missing': 'raw_updated_at is null',
    'updated_at_not_parsable': 'raw_updated_at is not null and updated_at is null',
    'updated_at_out_of_range': out_of_time('updated_at'),
    'text_too_long': too_long([
        'loan_id', 'account_id', 'customer_id', 'application_id', 'product',
        'loan_type', 'currency', 'loan_status',
    ]),
} %}
{{ config(meta={'rules': rules}) }}

with

delivered as (
    {{ delivered_rows('banking', 'loans') }}
),

loan_types as (select * from {{ ref('loan_types') }}),

loan_statuses as (select * from {{ ref('loan_statuses') }}),

currencies as (select * from {{ ref('currencies') }}),

typed as (
    select
        delivered.*,
        {{ try_to_text('raw_loan_id', 256) }} as loan_id,
        {{ try_to_text('raw_account_id', 256) }} as account_id,
        {{ try_to_text('raw_customer_id', 256) }} as customer_id,
        {{ try_to_text('raw_application_id', 256) }} as application_id,
        {{ try_to_text('raw_product', 256) }} as product,
        {{ try_to_text('raw_loan_type', 256) }} as loan_type,
        {{ try_to_text('raw_currency', 256) }} as currency,
        {{ try_to_text('raw_loan_status', 256) }} as loan_status,
        {{ try_to_amount('raw_loan_amount') }} as loan_amount,
        {{ try_to_decimal('raw_interest_rate', 9, 4) }} as interest_rate,
        {{ try_to_integer('raw_term_months') }} as term_months,
        {{ try_to_amount('raw_monthly_payment') }} as monthly_payment,
        {{ try_to_date('raw_start_date') }} as start_date,
        {{ try_to_utc('raw_updated_at') }} as updated_at
    from delivered
),

judged as (
    select
        typed.*,
        {{ failed_rules(rules) }} as _failed_rules
    from typed
    left join loan_types on typed.raw_loan_type = loan_types.loan_type
    left join loan_statuses on typed.raw_loan_status = loan_statuses.loan_status
    left join currencies on typed.raw_currency = currencies.currency_code
),

final as (
    select
        loan_id,
        account_id,
        customer_id,
        application_id,

        product,
        loan_type,
        currency,
        loan_status,
        start_date,
        updated_at,

        loan_amount,
        interest_rate,
        term_months,
        monthly_payment,

        _source_file,
        _source_line,
        _arrived_on,
        _loaded_at,
        {{ row_hash('banking', 'loans') }} as _row_hash,
        _failed_rules,
        case when _failed_rules <> '' then {{ raw_record('banking', 'loans') }} end as _raw_record
    from judged
)

select * from final
