{{ config(dist='all') }}

with

channels as (select * from {{ ref('channels') }}),

unknown_member as (
    select
        -1 as channel_id,
        {{ text_literal('Unknown') }} as channel_name,
        false as is_digital,
        false as is_cash
),

final as (
    select
        channel_id,

        channel_name,
        is_digital,
        is_cash
    from channels
    union all
    select
        channel_id,
        channel_name,
        is_digital,
        is_cash
    from unknown_member
)

select * from final
