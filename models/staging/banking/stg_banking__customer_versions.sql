-- Every version of a customer: one row per customer and update time from which its content held.
{{ config(meta={'entity': 'banking.customers'}, unique_key=['customer_id'], dist='customer_id') }}

with

base_customers as (select * from {{ ref('base_banking__customers') }}),

{{ version_steps('base_customers', 'banking', 'customers') }}

final as (
    select * from versions
)

select * from final
