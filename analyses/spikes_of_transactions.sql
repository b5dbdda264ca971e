-- Days with unusually many transactions, and whether they were bank holidays or weekends.
with

daily_transaction_volume as (select * from {{ ref('daily_transaction_volume') }}),

dates as (select * from {{ ref('dim_date') }})

select
    daily_transaction_volume.transaction_date,
    daily_transaction_volume.currency_code,
    daily_transaction_volume.transaction_count,
    daily_transaction_volume.trailing_28_day_average_count,
    dates.holiday_name,
    dates.is_weekend
from daily_transaction_volume
inner join dates on daily_transaction_volume.date_id = dates.date_id
where daily_transaction_volume.is_spike
order by
    daily_transaction_volume.transaction_date,
    daily_transaction_volume.currency_code
