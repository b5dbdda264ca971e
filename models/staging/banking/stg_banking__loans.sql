-- The newest version of each loan: one row per loan. A view, because no model reads it but the audit.
{{ config(materialized='view', meta={'entity': 'banking.loans'}) }}

with

loan_versions as (select * from {{ ref('stg_banking__loan_versions') }}),

final as (
    {{ newest_versions('loan_versions', 'banking', 'loans') }}
)

select * from final
