{{ config(dist='all') }}

with

transaction_types as (select * from {{ ref('transaction_types') }}),

unknown_member as (
    select
        -1 as transaction_type_id,
        {{ text_literal('Unknown') }} as transaction_type_name,
        0 as amount_sign,
        false as is_deposit,
        false as is_withdrawal,
        false as is_payment,
        false as is_transfer
),

final as (
    select
        transaction_type_id,

        transaction_type_name,
        amount_sign,
        is_deposit,
        is_withdrawal,
        is_payment,
        is_transfer
    from transaction_types
    union all
    select
        transaction_type_id,
        transaction_type_name,
        amount_sign,
        is_deposit,
        is_withdrawal,
        is_payment,
        is_transfer
    from unknown_member
)

select * from final
