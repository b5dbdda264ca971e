-- One row per currency and day: the value of one unit in US dollars, the reporting currency.
with

fx_rates as (select * from {{ ref('stg_banking__fx_rates') }}),

final as (
    select
        currency as currency_code,
        rate_date,
        {{ date_id('rate_date') }} as date_id,

        rate_to_usd,
        updated_at,

        _loaded_at
    from fx_rates
)

select * from final
