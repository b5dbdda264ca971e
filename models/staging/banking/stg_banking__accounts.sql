-- The newest version of each account: one row per account. A view, because no model reads it but the audit.
{{ config(materialized='view', meta={'entity': 'banking.accounts'}) }}

with

account_versions as (select * from {{ ref('stg_banking__account_versions') }}),

final as (
    {{ newest_versions('account_versions', 'banking', 'accounts') }}
)

select * from final
