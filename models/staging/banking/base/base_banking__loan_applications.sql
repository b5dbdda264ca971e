{% set rules = {
    'application_id_missing': 'raw_application_id is null',
    'customer_id_missing': 'raw_customer_id is null',
    'loan_type_unknown': 'loan_types.loan_type is null',
    'currency_unknown': 'currencies.currency_code is null',
    'grade_unknown': 'loan_grades.grade is null',
    'application_status_unknown': 'application_statuses.application_status is null',
    'applied_date_missing': 'raw_applied_date is null',
    'applied_date_not_parsable': 'raw_applied_date is not null and applied_date is null',
    'applied_date_out_of_calendar': out_of_calendar('applied_date'),
    'decided_date_not_parsable': 'raw_decided_date is not null and decided_date is null',
    'decided_before_applied': 'decided_date < applied_date',
    'updated_at_missing': 'raw_updated_at is null',
    'updated_at_not_parsable': 'raw_updated_at is not null and updated_at is null',
    'updated_at_out_of_range': out_of_time('updated_at'),
    'requested_amount_missing': 'raw_requested_amount is null',
    'requested_amount_not_parsable': 'raw_requested_amount is not null and requested_amount is null',
    'requested_amount_not_positive': 'requested_amount <= 0',
    'term_months_missing': 'raw_term_months is null',
    'term_months_not_parsable': 'raw_term_months is not null and term_months is null',
    'term_months_not_positive': 'term_months <= 0',
    'text_too_long': too_long(['application_id', 'customer_id', 'product', 'loan_type', 'currency', 'grade', 'application_status']),
} %}
{{ config(meta={'rules': rules}) }}

with

delivered as (
    {{ delivered_rows('banking', 'loan_applications') }}
),

loan_types as (select * from {{ ref('loan_types') }}),

currencies as (select * from {{ ref('currencies') }}),

loan_grades as (select * from {{ ref('loan_grades') }}),

application_statuses as (select * from {{ ref('application_statuses') }}),

typed as (
    select
        delivered.*,
        {{ try_to_text('raw_application_id', 256) }} as application_id,
        {{ try_to_text('raw_customer_id', 256) }} as customer_id,
        {{ try_to_text('raw_product', 256) }} as product,
        {{ try_to_text('raw_loan_type', 256) }} as loan_type,
        {{ try_to_text('raw_currency', 256) }} as currency,
        {{ try_to_text('raw_grade', 256) }} as grade,
        {{ try_to_text('raw_application_status', 256) }} as application_status,
        {{ try_to_date('raw_applied_date') }} as applied_date,
        {{ try_to_date('raw_decided_date') }} as decided_date,
        {{ try_to_utc('raw_updated_at') }} as updated_at,
        {{ try_to_amount('raw_requested_amount') }} as requested_amount,
        {{ try_to_integer('raw_term_months') }} as term_months
    from delivered
),

judged as (
    select
        typed.*,
        {{ failed_rules(rules) }} as _failed_rules
    from typed
    left join loan_types on typed.raw_loan_type = loan_types.loan_type
    left join currencies on typed.raw_currency = currencies.currency_code
    left join loan_grades on typed.raw_grade = loan_grades.grade
    left join application_statuses on typed.raw_application_status = application_statuses.application_status
),

final as (
    select
        application_id,
        customer_id,

        product,
        loan_type,
        currency,
        grade,
        application_status,
        applied_date,
        decided_date,
        updated_at,

        requested_amount,
        term_months,

        _source_file,
        _source_line,
        _arrived_on,
        _loaded_at,
        {{ row_hash('banking', 'loan_applications') }} as _row_hash,
        _failed_rules,
        case when _failed_rules <> '' then {{ raw_record('banking', 'loan_applications') }} end as _raw_record
    from judged
)

select * from final
