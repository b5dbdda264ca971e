-- The latest accepted row of each loan application: one row per loan application.
{{ config(meta={'entity': 'banking.loan_applications'}, unique_key=['application_id'], dist='application_id') }}

with

base_loan_applications as (select * from {{ ref('base_banking__loan_applications') }}),

accepted as (
    {{ accepted_rows('base_loan_applications', 'banking', 'loan_applications') }}
),

final as (
    {{ latest_version('accepted', 'banking', 'loan_applications') }}
)

select * from final
