-- Number, churn and value of customers by RFM segment, in the reporting currency.
with

customer_segments as (select * from {{ ref('customer_segments') }}),

segment_sums as (
    select
        rfm_segment,
        count(*) as customer_count,
        sum(case when is_churned then 1 else 0 end) as churned_count,
        sum(monetary_reporting) as monetary_reporting,
        sum(lifetime_value_reporting) as lifetime_value_reporting
    from customer_segments
    group by rfm_segment
)

select
    rfm_segment,
    customer_count,
    churned_count,
    monetary_reporting,
    {{ divide('lifetime_value_reporting', 'customer_count', 2) }} as mean_lifetime_value_reporting
from segment_sums
order by mean_lifetime_value_reporting desc
