{{ config(dist='customer_id') }}

with

customer_history as (select * from {{ ref('dim_customer_history') }}),

final as (
    select
        customer_id,
        customer_sk,
        location_id,

        first_name,
        last_name,
        email,
        phone,
        address,
        birth_year,
        city,
        state,
        country,
        segment,
        credit_score,
        signup_date,
        is_deleted,
        updated_at,

        _loaded_at
    from customer_history
    where is_current
)

select * from final
