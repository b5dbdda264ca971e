-- Revenue by merchant category and month, in the reporting currency, without transactions that have no merchant.
with

merchant_daily_revenue as (select * from {{ ref('merchant_daily_revenue') }}),

dates as (select * from {{ ref('dim_date') }})

select
    dates.year,
    dates.month,
    merchant_daily_revenue.merchant_category,
    sum(merchant_daily_revenue.completed_count) as completed_count,
    sum(merchant_daily_revenue.revenue_reporting) as revenue_reporting
from merchant_daily_revenue
inner join dates on merchant_daily_revenue.date_id = dates.date_id
where merchant_daily_revenue.merchant_id <> 'unknown'
group by
    dates.year,
    dates.month,
    merchant_daily_revenue.merchant_category
order by
    dates.year,
    dates.month,
    merchant_daily_revenue.merchant_category
