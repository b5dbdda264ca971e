-- What was invested in each type, and what has it returned? In US dollars, by the rate of the day, or by the first one.
with

investment_performance as (select * from {{ ref('investment_performance') }})

select
    investment_type_name,
    invested_amount_usd,
    returned_amount_usd,
    return_on_investment
from investment_performance
order by return_on_investment desc nulls last
