-- Rules that the deliveries of the last arrival day break more than those of the 28 arrival days before.
with

data_quality as (select * from {{ ref('data_quality_daily') }}),

last_days as (
    select
        domain,
        entity,
        max(arrived_on) as arrived_on
    from data_quality
    group by
        domain,
        entity
)

select
    data_quality.domain,
    data_quality.entity,
    data_quality.arrived_on,
    data_quality.rule_name,
    data_quality.failed_rows,
    data_quality.delivered_rows,
    data_quality.failed_share,
    data_quality.trailing_failed_share
from data_quality
inner join last_days
    on
        data_quality.domain = last_days.domain
        and data_quality.entity = last_days.entity
        and data_quality.arrived_on = last_days.arrived_on
where data_quality.is_worsening
order by
    data_quality.failed_share_change desc,
    data_quality.entity asc,
    data_quality.rule_name asc
