-- Use, completion, resolution and satisfaction by channel, latest month first.
with

channel_effectiveness as (select * from {{ ref('channel_effectiveness') }})

select
    month_start_date,
    channel_name,
    customer_count,
    transaction_count,
    completion_rate,
    mean_amount_reporting,
    contact_count,
    resolution_rate,
    mean_satisfaction_score,
    mean_duration_seconds
from channel_effectiveness
where channel_id <> -1
order by
    month_start_date desc,
    transaction_count desc,
    channel_name asc
