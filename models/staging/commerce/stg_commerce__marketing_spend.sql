-- The latest state of what each campaign spent on each day: one row per campaign and day.
{{ config(unique_key=['campaign_id', 'spend_date']) }}

with

base_marketing_spend as (select * from {{ ref('base_commerce__marketing_spend') }}),

accepted as (
    select
        campaign_id,
        spend_date,

        updated_at,

        impressions,
        clicks,
        spend,

        _source_file,
        _source_line,
        _arrived_on,
        _loaded_at,
        _row_hash
    from base_marketing_spend
    where
        _failed_rules = ''
        and {{ loaded_since_last_run() }}
),

ranked as (
    {{ latest_version('accepted', key=['campaign_id', 'spend_date']) }}
),

final as (
    select
        campaign_id,
        spend_date,

        updated_at,

        impressions,
        clicks,
        spend,

        _source_file,
        _source_line,
        _arrived_on,
        _loaded_at,
        _row_hash
    from ranked
    where version_rank = 1
)

select * from final
