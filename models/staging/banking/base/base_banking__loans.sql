-- Delivered loans: every delivered row exactly once, typed and judged by the contract.
{{ config(meta={'entity': 'banking.loans'}, dist='loan_id') }}

with

loan_types as (select * from {{ ref('loan_types') }}),

currencies as (select * from {{ ref('currencies') }}),

loan_statuses as (select * from {{ ref('loan_statuses') }}),

delivered as (
    {{ delivered_rows('banking', 'loans') }}
),

typed as (
    {{ typed_rows('delivered', 'banking', 'loans') }}
),

judged as (
    {{ judged_rows('banking', 'loans') }}
),

final as (
    select
        {{ base_columns('banking', 'loans') }}
    from judged
)

select * from final
