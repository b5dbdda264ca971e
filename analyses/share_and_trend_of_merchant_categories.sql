-- Share of the month's spend by merchant category, and its change from the previous month.
with

merchant_category_spend_monthly as (select * from {{ ref('merchant_category_spend_monthly') }})

select
    month_start_date,
    merchant_category,
    spend_amount_reporting,
    share_of_month,
    change_amount_reporting,
    change_percent
from merchant_category_spend_monthly
order by
    month_start_date asc,
    share_of_month desc nulls last,
    merchant_category asc
