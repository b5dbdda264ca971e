-- Sales by month and channel, in US dollars. The return rate is the share of returned lines.
with

sales as (select * from {{ ref('fact_sales') }}),

dates as (select * from {{ ref('dim_date') }}),

channels as (select * from {{ ref('dim_channel') }})

select
    dates.year,
    dates.month,
    channels.channel_name,
    count(distinct sales.order_id) as order_count,
    sum(sales.gross_revenue) as gross_revenue,
    sum(sales.net_revenue) as net_revenue,
    sum(sales.shipping_charged_to_customer - sales.actual_shipping_cost) as shipping_margin,
    {{ divide('sum(case when sales.return_flag then 1 else 0 end)', 'count(*)', 4) }} as return_rate
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
