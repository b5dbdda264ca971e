-- One row per instalment, by its due date.
{{ config(
    materialized='incremental',
    incremental_strategy='replace_keys',
    unique_key=['payment_id'],
    on_schema_change='fail',
    dist='loan_id',
    sort='due_date',
) }}

with

payment_statuses as (select * from {{ ref('payment_statuses') }}),

loan_history as (select * from {{ ref('dim_loan_history') }}),

currencies as (select * from {{ ref('dim_currency') }}),

{% if is_incremental() -%}
-- A new version changes the keys of the instalments in its interval, even if that interval is long past.
new_loan_versions as (
    select *
    from loan_history
    where _loaded_at > {{ latest(this, '_loan_loaded_at') }}
),

-- Each part reads staging itself. A CTE for all of them would hold every row and column in memory.
affected as (
    select payment_id
    from {{ ref('stg_banking__loan_payments') }}
    where {{ loaded_since_last_run() }}
    union
    select payments.payment_id
    from {{ ref('stg_banking__loan_payments') }} as payments
    inner join new_loan_versions
        on
            payments.loan_id = new_loan_versions.loan_id
            and {{ valid_at_end_of('new_loan_versions', 'payments.due_date', 'banking') }}
),

affected_payments as (
    select payments.*
    from {{ ref('stg_banking__loan_payments') }} as payments
    inner join affected on payments.payment_id = affected.payment_id
),
{%- else -%}
affected_payments as (
    select staged.*
    from {{ ref('stg_banking__loan_payments') }} as staged
    where {{ is_active('staged') }}
),
{%- endif %}

final as (
    select
        affected_payments.payment_id,
        coalesce(loan_history.loan_id, 'unknown') as loan_id,
        coalesce(loan_history.loan_sk, 'unknown') as loan_sk,
        {{ date_id('affected_payments.due_date') }} as date_id,
        coalesce(currencies.currency_id, -1) as currency_id,

        affected_payments.loan_id as delivered_loan_id,
        affected_payments.payment_status,
        affected_payments.due_date,
        affected_payments.paid_date,
        affected_payments.days_late,
        payment_statuses.is_paid,
        affected_payments.updated_at,

        affected_payments.payment_amount,
        affected_payments.principal_amount,
        affected_payments.interest_amount,
        case when payment_statuses.is_paid then affected_payments.payment_amount else cast(0 as decimal(18, 2)) end
            as paid_amount,

        affected_payments._source_file,
        affected_payments._source_line,
        {{ load_time_in_fact('affected_payments') }} as _loaded_at,
        coalesce(loan_history._loaded_at, {{ beginning_of_time() }}) as _loan_loaded_at
    from affected_payments
    left join payment_statuses on affected_payments.payment_status = payment_statuses.payment_status
    left join loan_history
        on
            affected_payments.loan_id = loan_history.loan_id
            and {{ valid_at_end_of('loan_history', 'affected_payments.due_date', 'banking') }}
    left join currencies on loan_history.currency = currencies.currency_code
)

{{ fingerprinted('final') }}
