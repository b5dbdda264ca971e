-- The latest state of each campaign: one row per campaign.
{{ config(unique_key=['campaign_id']) }}

with

base_campaigns as (select * from {{ ref('base_commerce__campaigns') }}),

accepted as (
    select
        campaign_id,

        campaign_name,
        ad_platform,
        start_date,
        end_date,
        updated_at,

        budget_amount,

        _source_file,
        _source_line,
        _arrived_on,
        _loaded_at,
        _row_hash
    from base_campaigns
    where
        _failed_rules = ''
        and {{ loaded_since_last_run() }}
),

ranked as (
    {{ latest_version('accepted', key=['campaign_id']) }}
),

final as (
    select
        campaign_id,

        campaign_name,
        ad_platform,
        start_date,
        end_date,
        updated_at,

        budget_amount,

        _source_file,
        _source_line,
        _arrived_on,
        _loaded_at,
        _row_hash
    from ranked
    where version_rank = 1
)

select * from final
