-- Number of applications by loan type, and the share of approved ones among those decided.
with

applications as (select * from {{ ref('fact_loan') }}),

counted as (
    select
        loan_type,
        count(*) as application_count,
        sum(case when is_approved then 1 else 0 end) as approved_count,
        sum(case when is_decided and not is_approved then 1 else 0 end) as rejected_count
    from applications
    group by loan_type
)

select
    loan_type,
    application_count,
    approved_count,
    rejected_count,
    {{ divide('approved_count', 'approved_count + rejected_count', 4) }} as approval_rate
from counted
order by loan_type
