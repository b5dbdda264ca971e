-- The latest state of each loan application: one row per loan application.
{{ config(unique_key=['application_id']) }}

with

base_loan_applications as (select * from {{ ref('base_banking__loan_applications') }}),

accepted as (
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
        _row_hash
    from base_loan_applications
    where
        _failed_rules = ''
        and {{ loaded_since_last_run() }}
),

ranked as (
    {{ latest_version('accepted', key=['application_id']) }}
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
        _row_hash
    from ranked
    where version_rank = 1
)

select * from final
