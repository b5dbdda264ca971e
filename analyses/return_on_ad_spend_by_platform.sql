-- Cost per click and return on ad spend by ad platform, in the reporting currency.
with

campaign_performance as (select * from {{ ref('campaign_performance') }}),

campaigns as (select * from {{ ref('dim_campaign') }})

select
    campaigns.ad_platform,
    count(distinct campaigns.campaign_key) as campaign_count,
    sum(campaign_performance.spend) as spend,
    sum(campaign_performance.attributed_net_revenue) as attributed_net_revenue,
    {{ divide('sum(campaign_performance.clicks)', 'sum(campaign_performance.impressions)', 6) }} as click_through_rate,
    {{ divide('sum(campaign_performance.spend)', 'sum(campaign_performance.clicks)', 2) }} as cost_per_click,
    {{ divide('sum(campaign_performance.attributed_net_revenue)', 'sum(campaign_performance.spend)', 2) }}
        as return_on_ad_spend
from campaign_performance
inner join campaigns on campaign_performance.campaign_key = campaigns.campaign_key
group by campaigns.ad_platform
order by return_on_ad_spend desc nulls last
