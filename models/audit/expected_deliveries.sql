-- What was expected when, and whether it came: one row per entity and day, or month, on which a file is expected: from
-- the first day with a file of the entity to the last arrival day of the warehouse; the present day plays no
-- part. A domain that has delivered nothing at all for more than pause_days days has paused.
{% set expectations = delivery_expectations() -%}

with

base_deliveries as (select * from {{ ref('base_control__deliveries') }}),

all_refused_files as (select * from {{ ref('refused_files') }}),

calendar as (select * from {{ ref('dim_date') }}),

-- What landing has derived from full exports is no delivery of the source.
deliveries as (
    select *
    from base_deliveries
    where derived_from is null
),

refused_files as (
    select *
    from all_refused_files
    where not is_derived
),

contract as (
    {% for expected in expectations -%}
    select
        {{ text_literal(expected.domain) }} as domain,
        {{ text_literal(expected.entity) }} as entity,
        {{ text_literal(expected.frequency) }} as frequency
    union all
    {% endfor -%}
    -- Nothing may be expected at all.
    select
        {{ text_literal('') }} as domain,
        {{ text_literal('') }} as entity,
        {{ text_literal('') }} as frequency
    where false
),

arrivals as (
    select
        domain,
        entity,
        arrived_on,
        sum(case when delivery_status = 'landed' then 1 else 0 end) as landed_files
    from deliveries
    group by
        domain,
        entity,
        arrived_on
),

first_days as (
    select
        domain,
        entity,
        min(arrived_on) as first_on
    from arrivals
    group by
        domain,
        entity
),

last_day as (
    select max(arrived_on) as last_on
    from arrivals
),

domain_days as (
    select distinct
        domain,
        arrived_on
    from arrivals
),

next_days as (
    select
        domain,
        arrived_on,
        lead(arrived_on) over (
            partition by domain
            order by arrived_on
        ) as next_on
    from domain_days
),

pauses as (
    select
        domain,
        arrived_on as last_on,
        next_on
    from next_days
    where next_on - arrived_on > {{ var('pause_days') }}
),

due as (
    select
        contract.domain,
        contract.entity,
        contract.frequency,
        case
            when contract.frequency = 'monthly' then cast({{ dbt.date_trunc('month', 'calendar.date') }} as date)
            else calendar.date
        end as period_start,
        calendar.date as expected_on
    from contract
    inner join first_days
        on
            contract.domain = first_days.domain
            and contract.entity = first_days.entity
    cross join last_day
    inner join calendar
        on
            first_days.first_on <= calendar.date
            and last_day.last_on >= calendar.date
    left join pauses
        on
            contract.domain = pauses.domain
            and contract.frequency <> 'monthly'
            and calendar.date > pauses.last_on
            and calendar.date < pauses.next_on
    where
        pauses.domain is null
        and (
            contract.frequency = 'daily'
            or (contract.frequency = 'business_days' and not calendar.is_weekend and not calendar.is_holiday)
            or (
                -- The last day of a month: the next one is a first.
                contract.frequency = 'monthly'
                and extract(day from {{ dbt.dateadd('day', 1, 'calendar.date') }}) = 1
            )
        )
),

counted as (
    select
        due.domain,
        due.entity,
        due.frequency,
        due.expected_on,
        coalesce(sum(arrivals.landed_files), 0) as landed_files
    from due
    left join arrivals
        on
            due.domain = arrivals.domain
            and due.entity = arrivals.entity
            and arrivals.arrived_on between due.period_start and due.expected_on
    group by
        due.domain,
        due.entity,
        due.frequency,
        due.expected_on
),

waiting as (
    select
        due.domain,
        due.entity,
        due.expected_on,
        count(*) as refused_files
    from due
    inner join refused_files
        on
            due.domain = refused_files.domain
            and due.entity = refused_files.entity
            and refused_files.arrived_on between due.period_start and due.expected_on
    where not refused_files.is_resolved
    group by
        due.domain,
        due.entity,
        due.expected_on
),

-- Days, and months, as they stand in the names of files.
not_landed as (
    select
        domain,
        entity,
        expected_on,
        case
            when frequency = 'monthly' then substring(cast(expected_on as varchar(10)), 1, 7)
            else cast(expected_on as varchar(10))
        end as day_name
    from counted
    where landed_files = 0
),

late as (
    select
        not_landed.domain,
        not_landed.entity,
        not_landed.expected_on,
        min(deliveries.bronze_file) as late_file
    from not_landed
    inner join deliveries
        on
            not_landed.domain = deliveries.domain
            and not_landed.entity = deliveries.entity
            and not_landed.expected_on < deliveries.arrived_on
    where
        deliveries.delivery_status = 'landed'
        and (
            position(not_landed.day_name in deliveries.delivered_file) > 0
            or position(replace(not_landed.day_name, '-', '') in deliveries.delivered_file) > 0
        )
    group by
        not_landed.domain,
        not_landed.entity,
        not_landed.expected_on
),

final as (
    select
        counted.domain,
        counted.entity,
        counted.frequency,
        counted.expected_on,
        case
            when waiting.refused_files > 0 then 'refused'
            when counted.landed_files > 0 then 'delivered'
            when late.late_file is not null then 'late'
            else 'missing'
        end as delivery_status,
        cast(counted.landed_files as bigint) as landed_files,
        cast(coalesce(waiting.refused_files, 0) as bigint) as refused_files,
        late.late_file
    from counted
    left join waiting
        on
            counted.domain = waiting.domain
            and counted.entity = waiting.entity
            and counted.expected_on = waiting.expected_on
    left join late
        on
            counted.domain = late.domain
            and counted.entity = late.entity
            and counted.expected_on = late.expected_on
)

select * from final
