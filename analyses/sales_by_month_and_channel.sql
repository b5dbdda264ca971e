-- Sales by month and channel, in the reporting currency. The return rate is the number of lines that came back per line
-- sold.
with

sales as (select * from {{ ref('fact_sales') }}),

dates as (select * from {{ ref('dim_date') }}),

channels as (select * from {{ ref('dim_channel') }})

select
    dates.year,
    dates.month,
    channels.channel_name,
    count(distinct case when sales.quantity > 0 then sales.order_id end) as order_count,
    sum(case when sales.is_return_line then 0 else sales.gross_revenue_reporting end) as gross_revenue,
    sum(sales.net_revenue_reporting) as net_revenue,
    sum(sales.shipping_charged_to_customer_reporting - sales.actual_shipping_cost_reporting) as shipping_margin,
    {{ divide(
        'sum(case when sales.return_flag or sales.quantity < 0 then 1 else 0 end)',
        'sum(case when sales.quantity > 0 then 1 else 0 end)',
        4
    ) }} as return_rate
from sales
inner join dates on sales.date_key = dates.date_id
inner join channels on sales.channel_key = channels.channel_id
group by
    dates.year,
    dates.month,
    channels.channel_name
order by
    dates.year asc,
    dates.month asc,
    net_revenue desc
