{{ config(dist='all') }}

with

locations as (select * from {{ ref('stg_banking__locations') }}),

unknown_member as (
    select
        {{ text_literal('unknown') }} as location_id,
        {{ text_literal('Unknown') }} as country,
        {{ text_literal('Unknown') }} as state,
        {{ text_literal('Unknown') }} as city,
        cast(null as decimal(9, 6)) as latitude,
        cast(null as decimal(9, 6)) as longitude,
        false as is_deleted,
        {{ beginning_of_time() }} as updated_at,
        {{ beginning_of_time() }} as _loaded_at
),

final as (
    select
        location_id,

        country,
        state,
        city,
        latitude,
        longitude,
        {{ is_withdrawn() }} as is_deleted,
        updated_at,

        _loaded_at
    from locations
    union all
    select * from unknown_member
)

select * from final
