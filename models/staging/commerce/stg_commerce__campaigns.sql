-- The latest accepted row of each campaign: one row per campaign.
{{ config(meta={'entity': 'commerce.campaigns'}, unique_key=['campaign_id'], dist='all') }}

with

base_campaigns as (select * from {{ ref('base_commerce__campaigns') }}),

accepted as (
    {{ accepted_rows('base_campaigns', 'commerce', 'campaigns') }}
),

final as (
    {{ latest_version('accepted', 'commerce', 'campaigns') }}
)

select * from final
