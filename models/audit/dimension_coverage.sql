-- Which facts point at an unknown member, and how old are they? Young ones wait for a late delivery; for old ones it
-- will probably never come. Facts for which the source gave no key are not counted.
with

deliveries as (select * from {{ ref('base_control__deliveries') }}),

last_arrival as (
    {{ last_arrival_of('deliveries', 'banking', 'transactions') }}
),

business_days as (
    select {{ last_day_not_ahead('facts.transaction_date', 'last_arrival.arrived_on') }} as last_business_day
    from {{ ref('fact_transaction') }} as facts
    cross join last_arrival
),

age_bands as (
    {% for name, days_from, days_to in [
        ('0-7 days', none, 7), ('8-30 days', 8, 30), ('31-90 days', 31, 90), ('over 90 days', 91, none),
    ] -%}
    select
        cast('{{ name }}' as varchar(16)) as age_band,
        -- A future date counts as young.
        cast({{ days_from if days_from is not none else -10000000 }} as integer) as days_from,
        cast({{ days_to if days_to is not none else 10000000 }} as integer) as days_to
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

keyed_facts as (
    {% for fact in audited_facts() -%}
    {% set fact_loop = loop -%}
    {% for dimension, key, delivered_key in fact['keys'] -%}
    select
        {{ text_literal(fact.table) }} as fact,
        {{ text_literal(dimension) }} as dimension,
        {{ fact.day }} as business_date,
        count(*) as fact_count,
        sum(case when {{ key }} = 'unknown' then 1 else 0 end) as unknown_count
    from {{ ref(fact.table) }}
    {{ 'where ' ~ delivered_key ~ ' is not null' if delivered_key }}
    group by {{ fact.day }}
    {{ 'union all' if not (loop.last and fact_loop.last) }}
    {% endfor -%}
    {% endfor %}
),

aged as (
    select
        keyed_facts.*,
        -- Without any transaction there is no last business day, and the age is 0.
        coalesce(
            {{ dbt.datediff('keyed_facts.business_date', 'business_days.last_business_day', 'day') }}, 0
        ) as age_days
    from keyed_facts
    cross join business_days
),

-- Every fact and dimension, including those without any row.
covered as (
    {% for fact in audited_facts() -%}
    {% set fact_loop = loop -%}
    {% for dimension, key, delivered_key in fact['keys'] -%}
    select
        {{ text_literal(fact.table) }} as fact,
        {{ text_literal(dimension) }} as dimension
    {{ 'union all' if not (loop.last and fact_loop.last) }}
    {% endfor -%}
    {% endfor %}
),

counted as (
    select
        covered.fact,
        covered.dimension,
        age_bands.age_band,
        cast(coalesce(sum(aged.fact_count), 0) as bigint) as fact_count,
        cast(coalesce(sum(aged.unknown_count), 0) as bigint) as unknown_count,
        min(case when aged.unknown_count > 0 then aged.business_date end) as oldest_unknown_date
    from covered
    cross join age_bands
    left join aged
        on
            covered.fact = aged.fact
            and covered.dimension = aged.dimension
            and age_bands.days_from <= aged.age_days
            and age_bands.days_to >= aged.age_days
    group by
        covered.fact,
        covered.dimension,
        age_bands.age_band
),

final as (
    select
        fact,
        dimension,
        age_band,

        fact_count,
        unknown_count,
        cast(coalesce({{ divide('unknown_count', 'fact_count', 6) }}, 0) as decimal(9, 6)) as unknown_share,
        oldest_unknown_date
    from counted
)

select * from final
