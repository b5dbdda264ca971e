{{ config(dist='all') }}

with

investment_types as (select * from {{ ref('investment_types') }}),

unknown_member as (
    select
        -1 as investment_type_id,
        {{ text_literal('Unknown') }} as investment_type_name
),

final as (
    select
        investment_type_id,

        investment_type_name
    from investment_types
    union all
    select
        investment_type_id,
        investment_type_name
    from unknown_member
)

select * from final
