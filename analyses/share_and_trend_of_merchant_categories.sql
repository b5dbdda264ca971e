-- What share of each month's spend went to each category of merchants, and how has it changed against the month before?
with

merchant_category_spend_monthly as (select * from {{ ref('merchant_category_spend_monthly') }})

select
    month_start_date,
    merchant_category,
    spend_amount_usd,
    share_of_month,
    change_amount_usd,
    change_percent
from merchant_category_spend_monthly
order by
    month_start_date asc,
    share_of_month desc nulls last,
    merchant_category asc
