-- The latest state of each merchant: one row per merchant.
{{ config(unique_key=['merchant_id']) }}

with

merchant_versions as (select * from {{ ref('stg_banking__merchant_versions') }}),

changed as (
    select *
    from merchant_versions
    where {{ loaded_since_last_run() }}
),

ranked as (
    {{ latest_version('changed', key=['merchant_id']) }}
),

final as (
    select
        merchant_id,
        location_id,

        merchant_name,
        category,
        updated_at,

        _source_file,
        _source_line,
        _arrived_on,
        _loaded_at,
        _row_hash
    from ranked
    where version_rank = 1
)

select * from final
