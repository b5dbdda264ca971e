{{ config(dist='all') }}

with

transaction_types as (select * from {{ ref('transaction_types') }}),

unknown as (
    select
        -1 as transaction_type_id,
        {{ text_literal('Unknown') }} as transaction_type_name,
        0 as amount_sign
),

final as (
    select
        transaction_type_id,

        transaction_type_name,
        amount_sign
    from transaction_types
    union all
    select
        transaction_type_id,
        transaction_type_name,
        amount_sign
    from unknown
)

select * from final
