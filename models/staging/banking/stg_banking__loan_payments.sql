-- The latest accepted row of each loan payment: one row per loan payment.
{{ config(
    meta={'entity': 'banking.loan_payments'},
    unique_key=['payment_id'],
    dist='payment_id',
    sort='_loaded_at',
) }}

with

base_loan_payments as (select * from {{ ref('base_banking__loan_payments') }}),

accepted as (
    {{ accepted_rows('base_loan_payments', 'banking', 'loan_payments') }}
),

final as (
    {{ latest_version('accepted', 'banking', 'loan_payments') }}
)

select * from final
