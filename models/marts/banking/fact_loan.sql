-- One row per loan, dated by the day it was granted. Rebuilt whole: a bank has few loans beside its transactions.
with

loans as (select * from {{ ref('stg_banking__loans') }}),

account_history as (select * from {{ ref('dim_account_history') }}),

customer_history as (select * from {{ ref('dim_customer_history') }}),

currencies as (select * from {{ ref('dim_currency') }}),

final as (
    select
        {{ dbt_utils.generate_surrogate_key(['loans.loan_id']) }} as loan_fact_id,
        loans.loan_id,
        coalesce(account_history.account_id, 'unknown') as account_id,
        coalesce(account_history.account_sk, 'unknown') as account_sk,
        coalesce(customer_history.customer_id, 'unknown') as customer_id,
        coalesce(customer_history.customer_sk, 'unknown') as customer_sk,
        {{ date_id('loans.start_date') }} as date_id,
        coalesce(currencies.currency_id, -1) as currency_id,

        loans.account_id as delivered_account_id,
        loans.customer_id as delivered_customer_id,
        coalesce(loans.loan_type, 'Unknown') as loan_type,
        loans.loan_status,
        loans.start_date,
        loans.updated_at,

        loans.loan_amount,
        loans.interest_rate,
        loans.term_months,
        loans.monthly_payment,

        loans._source_file,
        loans._source_line,
        loans._loaded_at
    from loans
    -- As of the end of the day: the source gives the day of the grant, not its hour.
    left join account_history
        on
            loans.account_id = account_history.account_id
            and {{ dbt.dateadd('day', 1, 'cast(loans.start_date as timestamp)') }} > account_history.valid_from
            and {{ dbt.dateadd('day', 1, 'cast(loans.start_date as timestamp)') }} <= account_history.valid_to
    left join customer_history
        on
            loans.customer_id = customer_history.customer_id
            and {{ dbt.dateadd('day', 1, 'cast(loans.start_date as timestamp)') }} > customer_history.valid_from
            and {{ dbt.dateadd('day', 1, 'cast(loans.start_date as timestamp)') }} <= customer_history.valid_to
    left join currencies on loans.currency = currencies.currency_code
)

select * from final
