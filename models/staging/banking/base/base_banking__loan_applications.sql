-- Delivered loan applications: every delivered row exactly once, typed and judged by the contract and the rule below.
{% set special_rules = {
    'decided_before_applied': 'decided_date < applied_date',
} %}
{{ config(meta={'entity': 'banking.loan_applications', 'rules': special_rules}, dist='application_id') }}

with

loan_types as (select * from {{ ref('loan_types') }}),

currencies as (select * from {{ ref('currencies') }}),

loan_grades as (select * from {{ ref('loan_grades') }}),

application_statuses as (select * from {{ ref('application_statuses') }}),

delivered as (
    {{ delivered_rows('banking', 'loan_applications') }}
),

typed as (
    {{ typed_rows('delivered', 'banking', 'loan_applications') }}
),

judged as (
    {{ judged_rows('banking', 'loan_applications', special_rules) }}
),

final as (
    select
        {{ base_columns('banking', 'loan_applications') }}
    from judged
)

select * from final
