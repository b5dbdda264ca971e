{% set rules = {
    'payment_id_missing': 'raw_payment_id is null',
    'loan_id_missing': 'raw_loan_id is null',
    'due_date_missing': 'raw_due_date is null',
    'due_date_not_parsable': 'raw_due_date is not null and due_date is null',
    'due_date_out_of_calendar': out_of_calendar('due_date'),
    'paid_date_not_parsable': 'raw_paid_date is not null and paid_date is null',
    'payment_status_unknown': 'payment_statuses.payment_status is null',
    'updated_at_missing': 'raw_updated_at is null',
    'updated_at_not_parsable': 'raw_updated_at is not null and updated_at is null',
    'updated_at_out_of_range': out_of_time('updated_at'),
    'days_late_not_parsable': 'raw_days_late is not null and days_late is null',
    'days_late_negative': 'days_late < 0',
    'payment_amount_missing': 'raw_payment_amount is null',
    'payment_amount_not_parsable': 'raw_payment_amount is not null and payment_amount is null',
    'payment_amount_not_positive': 'payment_amount <= 0',
    'principal_amount_missing': 'raw_principal_amount is null',
    'principal_amount_not_parsable': 'raw_principal_amount is not null and principal_amount is null',
    'interest_amount_missing': 'raw_interest_amount is null',
    'interest_amount_not_parsable': 'raw_interest_amount is not null and interest_amount is null',
    'payment_not_principal_and_interest':
        'payment_amount > 0 and payment_amount <> cast(principal_amount as decimal(19, 2)) + interest_amount',
    'text_too_long': too_long(['payment_id', 'loan_id', 'payment_status']),
} %}
{{ config(
    meta={'rules': rules},
    dist='payment_id',
    sort='_loaded_at',
) }}

with

delivered as (
    {{ delivered_rows('banking', 'loan_payments') }}
),

payment_statuses as (select * from {{ ref('payment_statuses') }}),

typed as (
    select
        delivered.*,
        {{ try_to_text('raw_payment_id', 256) }} as payment_id,
        {{ try_to_text('raw_loan_id', 256) }} as loan_id,
        {{ try_to_date('raw_due_date') }} as due_date,
        {{ try_to_date('raw_paid_date') }} as paid_date,
        {{ try_to_text('raw_payment_status', 256) }} as payment_status,
        {{ try_to_utc('raw_updated_at') }} as updated_at,
        {{ try_to_integer('raw_days_late') }} as days_late,
        {{ try_to_amount('raw_payment_amount') }} as payment_amount,
        {{ try_to_amount('raw_principal_amount') }} as principal_amount,
        {{ try_to_amount('raw_interest_amount') }} as interest_amount
    from delivered
),

judged as (
    select
        typed.*,
        {{ failed_rules(rules) }} as _failed_rules
    from typed
    left join payment_statuses on typed.raw_payment_status = payment_statuses.payment_status
),

final as (
    select
        payment_id,
        loan_id,

        due_date,
        paid_date,
        payment_status,
        updated_at,

        days_late,
        payment_amount,
        principal_amount,
        interest_amount,

        _source_file,
        _source_line,
        _arrived_on,
        _loaded_at,
        {{ row_hash('banking', 'loan_payments') }} as _row_hash,
        _failed_rules,
        case when _failed_rules <> '' then {{ raw_record('banking', 'loan_payments') }} end as _raw_record
    from judged
)

select * from final
