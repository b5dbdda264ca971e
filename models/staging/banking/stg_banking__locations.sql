-- The latest state of each location: one row per location.
{{ config(unique_key=['location_id']) }}

with

base_locations as (select * from {{ ref('base_banking__locations') }}),

accepted as (
    select
        location_id,

        country,
        state,
        city,
        updated_at,

        latitude,
        longitude,

        _source_file,
        _source_line,
        _arrived_on,
        _loaded_at,
        _row_hash
    from base_locations
    where
        _failed_rules = ''
        and {{ loaded_since_last_run() }}
),

ranked as (
    {{ latest_version('accepted', key=['location_id']) }}
),

final as (
    select
        location_id,

        country,
        state,
        city,
        updated_at,

        latitude,
        longitude,

        _source_file,
        _source_line,
        _arrived_on,
        _loaded_at,
        _row_hash
    from ranked
    where version_rank = 1
)

select * from final
