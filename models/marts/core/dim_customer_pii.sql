-- Personal data in clear. Only the role pii_reader can read it, and no model may use it.
{{ config(
    access='private',
    group='data_protection',
    tags=['personal_data'],
    grants={'select': ['role:pii_reader']},
    dist='customer_id',
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
