-- One row per version of a merchant.
{{ config(dist='merchant_id') }}

with

merchant_states as (select * from {{ ref('snap_banking__merchants') }}),

locations as (select * from {{ ref('dim_location') }}),

-- A correction closes the snapshot row that it replaces.
versions as (
    select *
    from merchant_states
    where dbt_valid_to is null
),

intervals as (
    {{ version_intervals('versions', 'merchant_id') }}
),

located as (
    select
        intervals.merchant_id,
        {{ dbt_utils.generate_surrogate_key(['intervals.merchant_id', 'intervals.updated_at']) }} as merchant_sk,
        coalesce(locations.location_id, 'unknown') as location_id,
        intervals.location_id as delivered_location_id,

        intervals.merchant_name,
        intervals.category as merchant_category,
        {{ is_withdrawn('intervals') }} as is_deleted,
        intervals.updated_at,

        intervals.valid_from,
        intervals.valid_to,
        intervals.is_current,
        intervals._loaded_at
    from intervals
    left join locations on intervals.location_id = locations.location_id
),

unknown_member as (
    select
        {{ text_literal('unknown') }} as merchant_id,
        {{ text_literal('unknown') }} as merchant_sk,
        {{ text_literal('unknown') }} as location_id,
        cast(null as varchar(256)) as delivered_location_id,

        {{ text_literal('Unknown') }} as merchant_name,
        {{ text_literal('Unknown') }} as merchant_category,
        false as is_deleted,
        {{ beginning_of_time() }} as updated_at,

        {{ beginning_of_time() }} as valid_from,
        {{ end_of_time() }} as valid_to,
        true as is_current,
        {{ beginning_of_time() }} as _loaded_at
),

final as (
    select * from located
    union all
    select * from unknown_member
)

select * from final
