-- One row per loan type and credit grade: applications and the share of approved ones.
with

loan_facts as (select * from {{ ref('fact_loan') }}),

graded as (
    select
        loan_type,
        is_approved,
        is_decided,
        coalesce(grade, 'Unknown') as grade
    from loan_facts
),

counted as (
    select
        loan_type,
        grade,
        count(*) as application_count,
        cast(sum(case when is_approved then 1 else 0 end) as bigint) as approved_count,
        cast(sum(case when is_decided and not is_approved then 1 else 0 end) as bigint) as rejected_count,
        cast(sum(case when is_decided then 0 else 1 end) as bigint) as pending_count
    from graded
    group by
        loan_type,
        grade
),

final as (
    select
        loan_type,
        grade,

        application_count,
        approved_count,
        rejected_count,
        pending_count,
        -- A pending application is neither approved nor rejected.
        cast({{ divide('approved_count', 'approved_count + rejected_count', 6) }} as decimal(9, 6)) as approval_rate
    from counted
)

select * from final
