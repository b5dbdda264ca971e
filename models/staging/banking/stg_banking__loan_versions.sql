-- Every version of a loan: one row per loan and update time from which its content held.
{{ config(meta={'entity': 'banking.loans'}, unique_key=['loan_id'], dist='loan_id') }}

with

base_loans as (select * from {{ ref('base_banking__loans') }}),

{{ version_steps('base_loans', 'banking', 'loans') }}

final as (
    select * from versions
)

select * from final
