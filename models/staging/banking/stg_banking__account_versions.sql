-- Every version of a account: one row per account and update time from which its content held.
{{ config(meta={'entity': 'banking.accounts'}, unique_key=['account_id'], dist='account_id') }}

with

base_accounts as (select * from {{ ref('base_banking__accounts') }}),

{{ version_steps('base_accounts', 'banking', 'accounts') }}

final as (
    select * from versions
)

select * from final
