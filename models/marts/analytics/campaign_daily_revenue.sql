-- One row per campaign and day: sales attributed to it, and sales without a campaign. In the reporting
-- currency.
{{ config(
    materialized='incremental',
    incremental_strategy='replace_days',
    on_schema_change='fail',
    sort='sold_date',
    meta={'days_of': {'fact_sales': 'sold_date'}, 'day_column': 'sold_date'},
) }}

with

sales as (
    select *
    from {{ ref('fact_sales') }}
    where {{ on_changed_days(ref('fact_sales'), day='sold_date', stored_count='line_count') }}
),

final as (
    select
        campaign_key,
        date_key,

        delivered_campaign_id is not null as is_attributed,
        sold_date,

        count(*) as line_count,
        count(distinct case when quantity > 0 then order_id end) as order_count,
        -- Amounts that cannot be converted are left out, and listed in unconverted_amounts.
        cast(
            sum(case when is_return_line then 0 else coalesce(gross_revenue_reporting, 0) end) as decimal(38, 2)
        ) as gross_revenue,
        cast(sum(coalesce(net_revenue_reporting, 0)) as decimal(38, 2)) as net_revenue,

        max(_built_at) as _built_at
    from sales
    group by
        campaign_key,
        date_key,
        delivered_campaign_id is not null,
        sold_date
)

{{ fingerprinted('final') }}
