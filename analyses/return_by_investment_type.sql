-- Invested and returned amount and rate of return by investment type, in the reporting currency.
with

investment_performance as (select * from {{ ref('investment_performance') }})

select
    investment_type_name,
    invested_amount_reporting,
    returned_amount_reporting,
    return_on_investment
from investment_performance
order by return_on_investment desc nulls last
