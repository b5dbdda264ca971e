-- The five rules that the deliveries of each arrival day break most.
with

data_quality as (select * from {{ ref('data_quality_daily') }}),

ranked as (
    select
        data_quality.*,
        row_number() over (
            partition by data_quality.arrived_on
            order by data_quality.failed_rows desc, data_quality.entity asc, data_quality.rule_name asc
        ) as rule_rank
    from data_quality
    where data_quality.failed_rows > 0
),

final as (
    select
        arrived_on,
        entity,
        rule_name,
        failed_rows,
        delivered_rows,
        failed_share
    from ranked
    where rule_rank <= 5
)

select * from final
order by
    arrived_on asc,
    failed_rows desc,
    entity asc,
    rule_name asc
