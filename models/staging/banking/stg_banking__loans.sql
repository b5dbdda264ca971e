-- The latest state of each loan: one row per loan.
{{ config(unique_key=['loan_id']) }}

with

loan_versions as (select * from {{ ref('stg_banking__loan_versions') }}),

changed as (
    select *
    from loan_versions
    where {{ loaded_since_last_run() }}
),

ranked as (
    {{ latest_version('changed', key=['loan_id']) }}
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
