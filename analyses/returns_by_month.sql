-- Returned revenue by month, in the reporting currency: of the goods that were sold in the month, and of those that
-- came back in it. The two differ where goods come back in a later month.
with

sales as (select * from {{ ref('fact_sales') }}),

returned as (
    select
        sold_month,
        cast({{ dbt.date_trunc('month', 'returned_on') }} as date) as returned_month,
        abs(gross_revenue_reporting - discount_amount_reporting) as returned_revenue
    from sales
    where returned_on is not null
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
