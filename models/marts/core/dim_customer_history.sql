-- One row per version of a customer, with pseudonyms for personal data.
{{ config(dist='customer_id') }}

with

customer_states as (select * from {{ ref('snap_banking__customers') }}),

locations as (select * from {{ ref('dim_location') }}),

pii_salt as (select * from {{ source('secrets', 'pii_salt') }}),

-- A correction closes the snapshot row that it replaces.
versions as (
    select *
    from customer_states
    where dbt_valid_to is null
),

intervals as (
    {{ version_intervals('versions', 'customer_id') }}
),

pseudonymous as (
    select
        intervals.customer_id,
        {{ dbt_utils.generate_surrogate_key(['intervals.customer_id', 'intervals.updated_at']) }} as customer_sk,
        coalesce(locations.location_id, 'unknown') as location_id,

        {{ pseudonym('intervals.first_name') }} as first_name,
        {{ pseudonym('intervals.last_name') }} as last_name,
        {{ pseudonym('intervals.email') }} as email,
        {{ pseudonym('intervals.phone') }} as phone,
        {{ pseudonym('intervals.address') }} as address,
        cast(extract(year from intervals.date_of_birth) as integer) as birth_year,
        intervals.city,
        intervals.state,
        intervals.country,
        intervals.segment,
        intervals.credit_score,
        intervals.signup_date,
        {{ is_withdrawn('intervals') }} as is_deleted,
        intervals.updated_at,

        intervals.valid_from,
        intervals.valid_to,
        intervals.is_current,
        intervals._loaded_at,
        coalesce(locations._loaded_at, {{ beginning_of_time() }}) as _location_loaded_at
    from intervals
    cross join pii_salt
    left join locations on intervals.location_id = locations.location_id
),

unknown_member as (
    select
        {{ text_literal('unknown') }} as customer_id,
        {{ text_literal('unknown') }} as customer_sk,
        {{ text_literal('unknown') }} as location_id,

        cast(null as varchar(16)) as first_name,
        cast(null as varchar(16)) as last_name,
        cast(null as varchar(16)) as email,
        cast(null as varchar(16)) as phone,
        cast(null as varchar(16)) as address,
        cast(null as integer) as birth_year,
        {{ text_literal('Unknown') }} as city,
        {{ text_literal('Unknown') }} as state,
        {{ text_literal('Unknown') }} as country,
        {{ text_literal('Unknown') }} as segment,
        cast(null as integer) as credit_score,
        cast(null as date) as signup_date,
        false as is_deleted,
        {{ beginning_of_time() }} as updated_at,

        {{ beginning_of_time() }} as valid_from,
        {{ end_of_time() }} as valid_to,
        true as is_current,
        {{ beginning_of_time() }} as _loaded_at,
        {{ beginning_of_time() }} as _location_loaded_at
),

final as (
    select * from pseudonymous
    union all
    select * from unknown_member
)

select * from final
