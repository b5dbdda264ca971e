-- One row per loan or loan application: the current version of a granted loan, or the requested terms of an application
-- without a loan, or whose loan was deleted. So every application has terms to join.
{{ config(dist='loan_id') }}

with

loan_history as (select * from {{ ref('dim_loan_history') }}),

applications as (
    select staged.*
    from {{ ref('stg_banking__loan_applications') }} as staged
    where {{ is_active('staged') }}
),

accounts as (select * from {{ ref('dim_account') }}),

customers as (select * from {{ ref('dim_customer') }}),

granted_loans as (
    select
        loan_history.loan_id,
        loan_history.loan_sk,
        loan_history.application_id,
        loan_history.delivered_account_id,
        loan_history.delivered_customer_id,

        loan_history.product,
        loan_history.loan_type,
        loan_history.currency,
        loan_history.loan_status,
        applications.grade,
        loan_history.start_date,
        true as is_granted,
        loan_history.is_deleted,
        loan_history.updated_at,

        loan_history.loan_amount,
        loan_history.interest_rate,
        loan_history.term_months,
        loan_history.monthly_payment,

        loan_history._loaded_at
    from loan_history
    left join applications on loan_history.application_id = applications.application_id
    where loan_history.is_current
),

applications_without_loan as (
    select
        {{ loan_id_of_application('applications.application_id') }} as loan_id,
        {{ loan_id_of_application('applications.application_id') }} as loan_sk,
        applications.application_id,
        cast(null as varchar(256)) as delivered_account_id,
        applications.customer_id as delivered_customer_id,

        applications.product,
        applications.loan_type,
        applications.currency,
        {{ text_literal('Not granted') }} as loan_status,
        applications.grade,
        cast(null as date) as start_date,
        false as is_granted,
        false as is_deleted,
        applications.updated_at,

        applications.requested_amount as loan_amount,
        cast(null as decimal(9, 4)) as interest_rate,
        applications.term_months,
        cast(null as decimal(18, 2)) as monthly_payment,

        applications._loaded_at
    from applications
    left join granted_loans
        on
            applications.application_id = granted_loans.application_id
            and not granted_loans.is_deleted
    where granted_loans.application_id is null
),

loans as (
    select * from granted_loans
    union all
    select * from applications_without_loan
),

final as (
    select
        loans.loan_id,
        loans.loan_sk,
        loans.application_id,
        coalesce(accounts.account_id, 'unknown') as account_id,
        coalesce(customers.customer_id, 'unknown') as customer_id,

        loans.delivered_account_id,
        loans.delivered_customer_id,
        loans.product,
        loans.loan_type,
        loans.currency,
        loans.loan_status,
        loans.grade,
        loans.start_date,
        loans.is_granted,
        loans.is_deleted,
        loans.updated_at,

        loans.loan_amount,
        loans.interest_rate,
        loans.term_months,
        loans.monthly_payment,

        loans._loaded_at
    from loans
    left join accounts on loans.delivered_account_id = accounts.account_id
    left join customers on loans.delivered_customer_id = customers.customer_id
)

select * from final
