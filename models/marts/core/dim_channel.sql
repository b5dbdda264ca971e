{{ config(dist='all') }}

with

channels as (select * from {{ ref('channels') }}),

unknown as (
    select
        -1 as channel_id,
        {{ text_literal('Unknown') }} as channel_name,
        false as is_digital
),

final as (
    select
        channel_id,

        channel_name,
        is_digital
    from channels
    union all
    select
        channel_id,
        channel_name,
        is_digital
    from unknown
)

select * from final
