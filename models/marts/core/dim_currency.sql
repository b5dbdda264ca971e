{{ config(dist='all', pre_hook="{{ expect_listed_currency() }}") }}

with

currencies as (select * from {{ ref('currencies') }}),

unknown_member as (
    select
        -1 as currency_id,
        {{ text_literal('Unknown') }} as currency_code,
        {{ text_literal('Unknown') }} as currency_name,
        2 as minor_units,
        false as is_reporting_currency
),

final as (
    select
        currency_id,

        currency_code,
        currency_name,
        minor_units,
        currency_code = {{ quoted(reporting_currency()) }} as is_reporting_currency
    from currencies
    union all
    select
        currency_id,
        currency_code,
        currency_name,
        minor_units,
        is_reporting_currency
    from unknown_member
)

select * from final
