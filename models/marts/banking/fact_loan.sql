-- One row per loan application, and per loan that came without one, with what the bank said: Approved, Rejected or
-- Pending. How a granted loan fares is told by dim_loan. Rebuilt whole: a bank has few loans beside its transactions.
with

loans as (select * from {{ ref('dim_loan') }}),

applications as (select * from {{ ref('stg_banking__loan_applications') }}),

customer_history as (select * from {{ ref('dim_customer_history') }}),

currencies as (select * from {{ ref('dim_currency') }}),

-- An application that came to more than one loan is one application: under its first loan, with the amounts of all.
ranked_loans as (
    select
        loan_id,
        application_id,
        account_id,
        is_granted,
        row_number() over (partition by application_id order by start_date, loan_id) as place,
        sum(case when is_granted then loan_amount else 0 end) over (partition by application_id) as granted_amount
    from loans
    where application_id is not null
),

first_loans as (
    select *
    from ranked_loans
    where place = 1
),

of_applications as (
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

-- The source keeps no applications of them, so they were granted as they were asked for.
without_application as (
    select
        cast(null as varchar(256)) as application_id,
        loans.loan_id,
        loans.account_id,
        loans.delivered_customer_id,
        {{ text_literal('Approved') }} as loan_status,
        loans.loan_type,
        cast(null as varchar(256)) as grade,
        loans.currency,
        loans.start_date as applied_date,
        loans.start_date as decided_date,
        loans.loan_amount as requested_amount,
        cast(loans.loan_amount as decimal(38, 2)) as granted_amount,
        loans._loaded_at
    from loans
    left join applications on loans.application_id = applications.application_id
    where
        applications.application_id is null
        and loans.loan_id <> 'unknown'
),

applied as (
    select * from of_applications
    union all
    select * from without_application
),

final as (
    select
        {{ dbt_utils.generate_surrogate_key(['applied.application_id', 'applied.loan_id']) }} as loan_fact_id,
        applied.loan_id,
        applied.application_id,
        applied.account_id,
        coalesce(customer_history.customer_id, 'unknown') as customer_id,
        coalesce(customer_history.customer_sk, 'unknown') as customer_sk,
        {{ date_id('applied.applied_date') }} as date_id,
        coalesce(currencies.currency_id, -1) as currency_id,

        applied.delivered_customer_id,
        applied.loan_status,
        applied.loan_type,
        applied.grade,
        applied.applied_date,
        applied.decided_date,

        applied.requested_amount,
        applied.granted_amount,

        applied._loaded_at
    from applied
    left join customer_history
        on
            applied.delivered_customer_id = customer_history.customer_id
            and {{ valid_at_end_of('customer_history', 'applied.applied_date') }}
    left join currencies on applied.currency = currencies.currency_code
)

select * from final
