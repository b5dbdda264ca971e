-- Returned revenue by month, in the reporting currency: of the goods that were sold in the month, and of those that
-- came back in it. The two differ where goods come back in a later month. A return of an unknown line counts in its own
-- month.
with

sales as (select * from {{ ref('fact_sales') }}),

returned as (
    select
        coalesce(sold_lines.sold_month, sales.sold_month) as sold_month,
        cast({{ dbt.date_trunc('month', 'sales.returned_on') }} as date) as returned_month,
        abs(sales.gross_revenue_reporting - sales.discount_amount_reporting) as returned_revenue
    from sales
    left join sales as sold_lines on sales.returned_line_id = sold_lines.order_line_id
    where sales.returned_on is not null
),

by_sale as (
    select
        sold_month as month_start,
        sum(returned_revenue) as returned_revenue
    from returned
    group by sold_month
),

by_return as (
    select
        returned_month as month_start,
        sum(returned_revenue) as returned_revenue
    from returned
    group by returned_month
)

select
    coalesce(by_sale.month_start, by_return.month_start) as month_start,
    coalesce(by_sale.returned_revenue, 0) as returned_revenue_by_sale,
    coalesce(by_return.returned_revenue, 0) as returned_revenue_by_return
from by_sale
full outer join by_return on by_sale.month_start = by_return.month_start
order by month_start
