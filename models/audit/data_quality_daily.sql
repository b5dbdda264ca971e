-- The share of rows that broke each rule, and whether it is getting worse. One row per entity, arrival day and rule,
-- including rules that no row broke. Rebuilt by every run: a late delivery changes the averages of the 28 days after
-- it.
with

deliveries as (select * from {{ ref('base_control__deliveries') }}),

outcomes as (select * from {{ ref('delivery_outcomes') }}),

rejected_rows as (select * from {{ ref('rejected_rows') }}),

calendar as (select * from {{ ref('dim_date') }}),

-- One row per entity. A row per rule would be hundreds of selects, each of which is planned by itself.
entity_rules as (
    {% for entity in audited_entities() -%}
    {% set rules = entity.rules + ['malformed_line', 'duplicate_' ~ entity.key | replace(', ', '_')] -%}
    select
        {{ text_literal(entity.domain) }} as domain,
        {{ text_literal(entity.name) }} as entity,
        {{ rules | length }} as rule_count,
        cast('{{ rules | join(",") }}' as varchar(16384)) as rule_names
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

numbers as (
    select cast(row_number() over (order by date_id) as integer) as rule_number
    from calendar
),

rules as (
    select
        entity_rules.domain,
        entity_rules.entity,
        split_part(entity_rules.rule_names, ',', numbers.rule_number) as rule_name
    from entity_rules
    inner join numbers on entity_rules.rule_count >= numbers.rule_number
),

arrivals as (
    select
        domain,
        entity,
        arrived_on,
        sum(delivered_rows) as delivered_rows,
        sum(malformed_rows) as malformed_rows
    from deliveries
    where delivery_status = 'landed'
    group by
        domain,
        entity,
        arrived_on
),

broken_rules as (
    select
        rules.domain,
        rules.entity,
        rejected_rows.arrived_on,
        rules.rule_name,
        count(*) as failed_rows
    from rejected_rows
    inner join rules
        on
            rejected_rows.domain = rules.domain
            and rejected_rows.entity = rules.entity
            and position(',' || rules.rule_name || ',' in ',' || rejected_rows.reasons || ',') > 0
    where rejected_rows.rejected_by = 'rules'
    group by
        rules.domain,
        rules.entity,
        rejected_rows.arrived_on,
        rules.rule_name
),

repeats as (
    select
        domain,
        entity,
        arrived_on,
        sum(repeated_rows) as repeated_rows
    from outcomes
    group by
        domain,
        entity,
        arrived_on
),

counted as (
    select
        arrivals.domain,
        arrivals.entity,
        arrivals.arrived_on,
        rules.rule_name,
        cast(arrivals.delivered_rows as bigint) as delivered_rows,
        cast(
            case
                when rules.rule_name = 'malformed_line' then arrivals.malformed_rows
                when rules.rule_name like 'duplicate@_%' escape '@' then coalesce(repeats.repeated_rows, 0)
                else coalesce(broken_rules.failed_rows, 0)
            end as bigint
        ) as failed_rows
    from arrivals
    inner join rules
        on
            arrivals.domain = rules.domain
            and arrivals.entity = rules.entity
    left join broken_rules
        on
            arrivals.domain = broken_rules.domain
            and arrivals.entity = broken_rules.entity
            and arrivals.arrived_on = broken_rules.arrived_on
            and rules.rule_name = broken_rules.rule_name
    left join repeats
        on
            arrivals.domain = repeats.domain
            and arrivals.entity = repeats.entity
            and arrivals.arrived_on = repeats.arrived_on
),

days_before as (
    select
        *,
        cast(
            count(*) over (
                partition by domain, entity, rule_name
                order by arrived_on
                rows between 28 preceding and 1 preceding
            ) as integer
        ) as trailing_days,
        sum(delivered_rows) over (
            partition by domain, entity, rule_name
            order by arrived_on
            rows between 28 preceding and 1 preceding
        ) as trailing_delivered_rows,
        sum(failed_rows) over (
            partition by domain, entity, rule_name
            order by arrived_on
            rows between 28 preceding and 1 preceding
        ) as trailing_failed_rows
    from counted
),

shared as (
    select
        *,
        cast(coalesce({{ divide('failed_rows', 'delivered_rows', 6) }}, 0) as decimal(9, 6)) as failed_share,
        cast({{ divide('trailing_failed_rows', 'trailing_delivered_rows', 6) }} as decimal(9, 6))
            as trailing_failed_share
    from days_before
),

final as (
    select
        domain,
        entity,
        arrived_on,
        rule_name,

        delivered_rows,
        failed_rows,
        failed_share,
        trailing_days,
        trailing_failed_share,
        cast(failed_share - trailing_failed_share as decimal(9, 6)) as failed_share_change,
        -- In whole rows: the share is more than twice that of the days before.
        case
            when trailing_days >= 7
                then
                    cast(failed_rows as decimal(18, 0)) * cast(trailing_delivered_rows as decimal(18, 0))
                    > cast(2 * delivered_rows as decimal(18, 0)) * cast(trailing_failed_rows as decimal(18, 0))
        end as is_worsening
    from shared
)

select * from final
