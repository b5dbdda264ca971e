{% set rules = {
    'location_id_missing': 'raw_location_id is null',
    'location_id_reserved': "raw_location_id = 'unknown'",
    'country_missing': 'raw_country is null',
    'city_missing': 'raw_city is null',
    'updated_at_missing': 'raw_updated_at is null',
    'updated_at_not_parsable': 'raw_updated_at is not null and updated_at is null',
    'updated_at_out_of_range': out_of_time('updated_at'),
    'latitude_not_parsable': 'raw_latitude is not null and latitude is null',
    'latitude_out_of_range': 'latitude not between -90 and 90',
    'longitude_not_parsable': 'raw_longitude is not null and longitude is null',
    'longitude_out_of_range': 'longitude not between -180 and 180',
    'text_too_long': too_long(['location_id', 'country', 'state', 'city']),
} %}
{{ config(meta={'rules': rules}) }}

with

delivered as (
    {{ delivered_rows('banking', 'locations') }}
),

typed as (
    select
        delivered.*,
        {{ try_to_text('raw_location_id', 256) }} as location_id,
        {{ try_to_text('raw_country', 256) }} as country,
        {{ try_to_text('raw_state', 1024) }} as state,
        {{ try_to_text('raw_city', 1024) }} as city,
        {{ try_to_utc('raw_updated_at') }} as updated_at,
        {{ try_to_decimal('raw_latitude', 9, 6) }} as latitude,
        {{ try_to_decimal('raw_longitude', 9, 6) }} as longitude
    from delivered
),

judged as (
    select
        typed.*,
        {{ failed_rules(rules) }} as _failed_rules
    from typed
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
        {{ row_hash('banking', 'locations') }} as _row_hash,
        _failed_rules,
        case when _failed_rules <> '' then {{ raw_record('banking', 'locations') }} end as _raw_record
    from judged
)

select * from final
