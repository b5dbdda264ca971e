-- Delivered loan payments: every delivered row exactly once, typed and judged by the contract and by the rule below.
{% set special_rules = {
    'payment_not_principal_and_interest':
        'payment_amount > 0 and payment_amount <> cast(principal_amount as decimal(19, 2)) + interest_amount',
} %}
{{ config(
    meta={'entity': 'banking.loan_payments', 'rules': special_rules},
    dist='payment_id',
    sort='_loaded_at',
) }}

with

payment_statuses as (select * from {{ ref('payment_statuses') }}),

delivered as (
    {{ delivered_rows('banking', 'loan_payments') }}
),

typed as (
    {{ typed_rows('delivered', 'banking', 'loan_payments') }}
),

judged as (
    {{ judged_rows('banking', 'loan_payments', special_rules) }}
),

final as (
    select
        {{ base_columns('banking', 'loan_payments') }}
    from judged
)

select * from final
