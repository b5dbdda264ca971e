-- Every state of a merchant that the source has sent: one row per merchant and update time.
{{ config(unique_key=['merchant_id', 'updated_at']) }}

with

base_merchants as (select * from {{ ref('base_banking__merchants') }}),

accepted as (
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
    from base_merchants
    where
        _failed_rules = ''
        and {{ loaded_since_last_run() }}
),

ranked as (
    {{ latest_version('accepted', key=['merchant_id', 'updated_at']) }}
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
