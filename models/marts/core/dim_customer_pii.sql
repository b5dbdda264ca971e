-- Who is behind a customer_id? For those who may know: the role pii_reader, and no other model.
{{ config(
    access='private',
    group='data_protection',
    grants={'select': ['role:pii_reader']},
) }}

with

customers as (select * from {{ ref('stg_banking__customers') }}),

final as (
    select
        customer_id,

        first_name,
        last_name,
        email,
        phone,
        date_of_birth,
        address,
        updated_at,

        _loaded_at
    from customers
)

select * from final
