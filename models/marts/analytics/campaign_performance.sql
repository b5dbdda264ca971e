-- One row per campaign and month: cost and attributed sales, in the reporting currency.
with

marketing_spend as (select * from {{ ref('fact_marketing_spend') }}),

campaign_daily_revenue as (select * from {{ ref('campaign_daily_revenue') }}),

-- Orders of days do not add up: an order can have lines on several days.
campaign_orders as (
    select
        campaign_key,
        sold_month as performance_month,
        count(distinct order_id) as order_count
    from {{ ref('fact_sales') }}
    where
        delivered_campaign_id is not null
        and quantity > 0
    group by
        campaign_key,
        sold_month
),

-- A month can have spend without sales, or sales without spend.
spend_and_sales as (
    select
        campaign_key,
        cast({{ dbt.date_trunc('month', 'spend_date') }} as date) as performance_month,
        impressions,
        clicks,
        spend,
        0 as order_count,
        cast(0 as decimal(38, 2)) as net_revenue
    from marketing_spend
    union all
    select
        campaign_key,
        cast({{ dbt.date_trunc('month', 'sold_date') }} as date) as performance_month,
        0 as impressions,
        0 as clicks,
        cast(0 as decimal(18, 2)) as spend,
        0 as order_count,
        net_revenue
    from campaign_daily_revenue
    where is_attributed
    union all
    select
        campaign_key,
        performance_month,
        0 as impressions,
        0 as clicks,
        cast(0 as decimal(18, 2)) as spend,
        order_count,
        cast(0 as decimal(38, 2)) as net_revenue
    from campaign_orders
),

monthly_sums as (
    select
        campaign_key,
        performance_month,
        cast(sum(impressions) as bigint) as impressions,
        cast(sum(clicks) as bigint) as clicks,
        cast(sum(spend) as decimal(38, 2)) as spend,
        cast(sum(order_count) as bigint) as attributed_order_count,
        cast(sum(net_revenue) as decimal(38, 2)) as attributed_net_revenue
    from spend_and_sales
    group by
        campaign_key,
        performance_month
),

final as (
    select
        campaign_key,
        {{ date_id('performance_month') }} as date_key,

        performance_month,

        impressions,
        clicks,
        spend,
        attributed_order_count,
        attributed_net_revenue,
        cast({{ divide('clicks', 'impressions', 6) }} as decimal(9, 6)) as click_through_rate,
        {{ divide('spend', 'clicks', 6) }} as cost_per_click,
        {{ divide('attributed_order_count', 'clicks', 6) }} as conversion_rate,
        {{ divide('attributed_net_revenue', 'spend', 6) }} as return_on_ad_spend
    from monthly_sums
)

select * from final
