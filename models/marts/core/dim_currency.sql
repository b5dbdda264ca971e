{{ config(dist='all') }}

with

currencies as (select * from {{ ref('currencies') }}),

unknown_member as (
    select
        -1 as currency_id,
        {{ text_literal('Unknown') }} as currency_code,
        {{ text_literal('Unknown') }} as currency_name,
        2 as minor_units
),

final as (
    select
        currency_id,

        currency_code,
        currency_name,
        minor_units
    from currencies
    union all
    select
        currency_id,
        currency_code,
        currency_name,
        minor_units
    from unknown_member
)

select * from final
