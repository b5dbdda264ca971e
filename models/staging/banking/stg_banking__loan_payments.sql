-- The latest state of each loan payment: one row per loan payment.
{{ config(
    unique_key=['payment_id'],
    dist='payment_id',
    sort='_loaded_at',
) }}

with

base_loan_payments as (select * from {{ ref('base_banking__loan_payments') }}),

accepted as (
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
        _row_hash
    from base_loan_payments
    where
        _failed_rules = ''
        and {{ loaded_since_last_run() }}
),

ranked as (
    {{ latest_version('accepted', key=['payment_id']) }}
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
        _row_hash
    from ranked
    where version_rank = 1
)

select * from final
