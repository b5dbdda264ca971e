-- The newest version of each customer: one row per customer.
{{ config(meta={'entity': 'banking.customers'}, unique_key=['customer_id']) }}

with

customer_versions as (select * from {{ ref('stg_banking__customer_versions') }}),

-- A correction may have taken the newest version back, so all versions of a changed customer are compared.
changed_customers as (
    select distinct customer_id
    from customer_versions
    where {{ loaded_since_last_run() }}
),

changed_versions as (
    select customer_versions.*
    from customer_versions
    inner join changed_customers on customer_versions.customer_id = changed_customers.customer_id
),

final as (
    {{ newest_versions('changed_versions', 'banking', 'customers') }}
)

select * from final
