-- Every state of a loan that the source has sent: one row per loan and update time.
{{ config(unique_key=['loan_id', 'updated_at']) }}

with

base_loans as (select * from {{ ref('base_banking__loans') }}),

accepted as (
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
        _row_hash
    from base_loans
    where
        _failed_rules = ''
        and {{ loaded_since_last_run() }}
),

ranked as (
    {{ latest_version('accepted', key=['loan_id', 'updated_at']) }}
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
        _row_hash
    from ranked
    where version_rank = 1
)

select * from final
