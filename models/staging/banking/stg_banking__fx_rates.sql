-- The latest state of each FX rate: one row per currency and day.
{{ config(unique_key=['currency', 'rate_date']) }}

with

base_fx_rates as (select * from {{ ref('base_banking__fx_rates') }}),

accepted as (
    select
        currency,
        rate_date,

        updated_at,

        rate_to_usd,

        _source_file,
        _source_line,
        _arrived_on,
        _loaded_at,
        _row_hash
    from base_fx_rates
    where
        _failed_rules = ''
        and {{ loaded_since_last_run() }}
),

ranked as (
    {{ latest_version('accepted', key=['currency', 'rate_date']) }}
),

final as (
    select
        currency,
        rate_date,

        updated_at,

        rate_to_usd,

        _source_file,
        _source_line,
        _arrived_on,
        _loaded_at,
        _row_hash
    from ranked
    where version_rank = 1
)

select * from final
