-- The newest version of each customer: one row per customer.
{{ config(meta={'entity': 'banking.customers'}, unique_key=['customer_id'], dist='customer_id') }}

with

customer_versions as (select * from {{ ref('stg_banking__customer_versions') }}),

base_customers as (select * from {{ ref('base_banking__customers') }}),

-- A correction may have taken the newest version back, so all versions of a customer with new rows are compared. These
-- rows come from base, because a repeat changes the file and line of its version but not its load time.
changed_customers as (
    select distinct customer_id
    from base_customers
    where
        _failed_rules = ''
        and {{ loaded_since_last_run() }}
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
