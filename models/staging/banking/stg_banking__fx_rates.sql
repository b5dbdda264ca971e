-- The latest accepted row of each FX rate: one row per currency and day.
{{ config(meta={'entity': 'banking.fx_rates'}, unique_key=['currency', 'rate_date'], dist='all') }}

with

base_fx_rates as (select * from {{ ref('base_banking__fx_rates') }}),

accepted as (
    {{ accepted_rows('base_fx_rates', 'banking', 'fx_rates') }}
),

final as (
    {{ latest_version('accepted', 'banking', 'fx_rates') }}
)

select * from final
