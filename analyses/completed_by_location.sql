-- Number and amount of completed transactions by location where a card was used, in the reporting currency.
with

geographic_distribution as (select * from {{ ref('geographic_distribution') }}),

location_sums as (
    select
        country,
        state,
        city,
        sum(completed_count) as completed_count,
        sum(completed_amount_reporting) as completed_amount_reporting,
        sum(unconverted_count) as unconverted_count
    from geographic_distribution
    where location_id <> 'unknown'
    group by
        country,
        state,
        city
)

select
    country,
    state,
    city,
    completed_count,
    completed_amount_reporting,
    {{ divide('completed_amount_reporting', 'completed_count - unconverted_count', 2) }} as mean_amount_reporting
from location_sums
order by completed_amount_reporting desc nulls last
