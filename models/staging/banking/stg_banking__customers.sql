-- The newest version of each customer: one row per customer.
{{ config(meta={'entity': 'banking.customers'}, unique_key=['customer_id']) }}

with

customer_versions as (select * from {{ ref('stg_banking__customer_versions') }}),

-- All versions of a customer of whom one has come or changed.
changed as (
    select *
    from customer_versions
    where customer_id in (select customer_id from customer_versions where {{ loaded_since_last_run() }})
),

final as (
    {{ newest_versions('changed', 'banking', 'customers') }}
)

select * from final
