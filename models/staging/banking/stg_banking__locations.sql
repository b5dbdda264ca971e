-- The latest accepted row of each location: one row per location.
{{ config(meta={'entity': 'banking.locations'}, unique_key=['location_id'], dist='all') }}

with

base_locations as (select * from {{ ref('base_banking__locations') }}),

accepted as (
    {{ accepted_rows('base_locations', 'banking', 'locations') }}
),

final as (
    {{ latest_version('accepted', 'banking', 'locations') }}
)

select * from final
