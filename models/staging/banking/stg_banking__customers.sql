-- The latest state of each customer: one row per customer.
{{ config(unique_key=['customer_id']) }}

with

customer_versions as (select * from {{ ref('stg_banking__customer_versions') }}),

changed as (
    select *
    from customer_versions
    where {{ loaded_since_last_run() }}
),

ranked as (
    {{ latest_version('changed', key=['customer_id']) }}
),

final as (
    select
        customer_id,
        location_id,

        first_name,
        last_name,
        email,
        phone,
        date_of_birth,
        address,
        city,
        state,
        country,
        segment,
        credit_score,
        signup_date,
        updated_at,

        _source_file,
        _source_line,
        _arrived_on,
        _loaded_at,
        _row_hash
    from ranked
    where version_rank = 1
)

select * from final
