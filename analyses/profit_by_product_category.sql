-- Revenue, cost, profit, margin and return rate by product category and month, in the reporting currency. The margin is
-- that of the revenue whose cost is known.
with

profitability as (select * from {{ ref('product_profitability') }}),

products as (select * from {{ ref('dim_product') }}),

dates as (select * from {{ ref('dim_date') }})

select
    dates.year,
    dates.month,
    products.product_category,
    sum(profitability.net_revenue) as net_revenue,
    sum(profitability.cogs) as cogs,
    sum(profitability.gross_profit) as gross_profit,
    {{ divide('sum(profitability.gross_profit)', 'sum(profitability.gross_profit + profitability.cogs)', 4) }}
        as gross_margin,
    {{ divide('sum(profitability.returned_quantity)', 'sum(profitability.quantity)', 4) }} as return_rate
from profitability
inner join products on profitability.product_key = products.product_key
inner join dates on profitability.date_key = dates.date_id
group by
    dates.year,
    dates.month,
    products.product_category
order by
    dates.year asc,
    dates.month asc,
    gross_profit desc
