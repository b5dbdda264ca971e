-- One row per loan application with the bank's decision, and one per loan that has no application. The status of a
-- granted loan is in dim_loan. A table: a bank has few loans compared with its transactions.
with

loans as (
    select *
    from {{ ref('dim_loan') }}
    where not is_deleted
),

applications as (
    select staged.*
    from {{ ref('stg_banking__loan_applications') }} as staged
    where {{ is_active('staged') }}
),

application_statuses as (select * from {{ ref('application_statuses') }}),

customer_history as (select * from {{ ref('dim_customer_history') }}),

currencies as (select * from {{ ref('dim_currency') }}),

-- The status that a loan without an application gets.
approved_status as (
    select min(application_status) as application_status
    from application_statuses
    where is_approved
),

-- An application with several loans has the key of its first loan and the amount of all of them.
ranked_loans as (
    select
        loan_id,
        application_id,
        account_id,
        is_granted,
        row_number() over (partition by application_id order by start_date, loan_id) as loan_rank,
        sum(case when is_granted then loan_amount else 0 end) over (partition by application_id) as granted_amount
    from loans
    where application_id is not null
),

first_loans as (
    select *
    from ranked_loans
    where loan_rank = 1
),

loans_with_application as (
    select
        applications.application_id,
        coalesce(first_loans.loan_id, 'unknown') as loan_id,
        coalesce(first_loans.account_id, 'unknown') as account_id,
        applications.customer_id as delivered_customer_id,
        applications.application_status as loan_status,
        applications.loan_type,
        applications.grade,
        applications.currency,
        applications.applied_date,
        applications.decided_date,
        applications.requested_amount,
        cast(coalesce(first_loans.granted_amount, 0) as decimal(38, 2)) as granted_amount,
        applications._loaded_at
    from applications
    left join first_loans on applications.application_id = first_loans.application_id
),

-- A loan without an application counts as approved on its first day, with the amount that was granted.
loans_without_application as (
    select
        cast(null as varchar(256)) as application_id,
        loans.loan_id,
        loans.account_id,
        loans.delivered_customer_id,
        approved_status.application_status as loan_status,
        loans.loan_type,
        cast(null as varchar(256)) as grade,
        loans.currency,
        loans.start_date as applied_date,
        loans.start_date as decided_date,
        loans.loan_amount as requested_amount,
        cast(loans.loan_amount as decimal(38, 2)) as granted_amount,
        loans._loaded_at
    from loans
    cross join approved_status
    left join applications on loans.application_id = applications.application_id
    where
        applications.application_id is null
        and loans.loan_id <> 'unknown'
),

decisions as (
    select * from loans_with_application
    union all
    select * from loans_without_application
),

final as (
    select
        {{ dbt_utils.generate_surrogate_key(['decisions.application_id', 'decisions.loan_id']) }} as loan_fact_id,
        decisions.loan_id,
        decisions.application_id,
        decisions.account_id,
        coalesce(customer_history.customer_id, 'unknown') as customer_id,
        coalesce(customer_history.customer_sk, 'unknown') as customer_sk,
        {{ date_id('decisions.applied_date') }} as date_id,
        coalesce(currencies.currency_id, -1) as currency_id,

        decisions.delivered_customer_id,
        decisions.loan_status,
        coalesce(application_statuses.is_decided, false) as is_decided,
        coalesce(application_statuses.is_approved, false) as is_approved,
        decisions.loan_type,
        decisions.grade,
        decisions.applied_date,
        decisions.decided_date,

        decisions.requested_amount,
        decisions.granted_amount,

        decisions._loaded_at
    from decisions
    left join application_statuses on decisions.loan_status = application_statuses.application_status
    left join customer_history
        on
            decisions.delivered_customer_id = customer_history.customer_id
            and {{ valid_at_end_of('customer_history', 'decisions.applied_date', 'banking') }}
    left join currencies on decisions.currency = currencies.currency_code
)

select * from final
