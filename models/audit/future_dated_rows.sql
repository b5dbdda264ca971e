-- Rows of facts that are dated later than they arrived: the source has written a wrong date, or they have not happened
-- yet. They count in gold. Rows of which dates lie ahead, such as due dates of payments, are not among them.
{{ config(materialized='view') }}

{#- Banks book what happens before a weekend or holidays on the next business day. Up to a week ahead is normal. #}
{%- set booked_ahead_days = [7, var('update_time_tolerance_days')] | max %}
{%- set facts = audited_facts() | selectattr('entity') | selectattr('happened') | list -%}

with

deliveries as (select * from {{ ref('deliveries') }}),

{% for fact in facts -%}
{{ fact.table }} as (select * from {{ ref(fact.table) }}),

{% endfor -%}
dated as (
    {% for fact in facts -%}
    select
        {{ text_literal(fact.table) }} as fact,
        {{ fact.happened }} as happened_on,
        {{ fact.get('booked', fact.happened) }} as booked_on,
        {{ fact.amount or 'cast(null as decimal(18, 2))' }} as amount,
        _source_file,
        _source_line,
        _loaded_at
    from {{ fact.table }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

final as (
    select
        dated.fact,

        greatest(dated.happened_on, dated.booked_on) as happened_on,
        deliveries.arrived_on,
        dated._source_file as source_file,
        dated._source_line as source_line,

        cast(dated.amount as decimal(18, 2)) as amount,

        dated._loaded_at
    from dated
    inner join deliveries on dated._source_file = deliveries.bronze_file
    where
        dated.happened_on > {{ dbt.dateadd('day', var('update_time_tolerance_days'), 'deliveries.arrived_on') }}
        or dated.booked_on > {{ dbt.dateadd('day', booked_ahead_days, 'deliveries.arrived_on') }}
)

select * from final
