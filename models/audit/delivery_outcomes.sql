-- How many rows of each landed file are rejected, duplicate, superseded, replaced, withdrawn or current. Every row in
-- base has exactly one of these outcomes. Base and outcomes are counted over the whole history, so a row that was lost
-- yesterday is missed.
{{ config(dist='all') }}
{% set outcomes_of_rows = ['rejected', 'duplicate', 'superseded', 'replaced', 'withdrawn', 'current'] -%}

with

{% for entity in audited_entities() -%}
{{ entity.domain }}_{{ entity.name }}_base as (
    select
        {{ text_literal(entity.domain) }} as domain,
        {{ text_literal(entity.name) }} as entity,
        _source_file as bronze_file,
        _arrived_on as arrived_on,
        count(*) as base_rows,
        {{ wide_value('sum(' ~ entity.amount ~ ')' if entity.amount else 'cast(null as decimal(38, 2))') }}
            as base_amount
    from {{ ref(entity.base) }}
    group by
        _source_file,
        _arrived_on
),

{% endfor -%}
base_files as (
    {% for entity in audited_entities() -%}
    select * from {{ entity.domain }}_{{ entity.name }}_base
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

row_outcomes as (select * from {{ ref('row_outcomes') }}),

outcomes as (
    select
        domain,
        entity,
        source_file,
        arrived_on,
        {% for outcome in outcomes_of_rows -%}
        sum(case when outcome = '{{ outcome }}' then 1 else 0 end) as {{ outcome }}_rows,
        sum(case when outcome = '{{ outcome }}' then control_amount end) as {{ outcome }}_amount,
        {% endfor -%}
        sum(case when is_repeat then 1 else 0 end) as repeated_rows
    from row_outcomes
    group by
        domain,
        entity,
        source_file,
        arrived_on
),

final as (
    select
        coalesce(base_files.domain, outcomes.domain) as domain,
        coalesce(base_files.entity, outcomes.entity) as entity,
        coalesce(base_files.bronze_file, outcomes.source_file) as bronze_file,
        coalesce(base_files.arrived_on, outcomes.arrived_on) as arrived_on,

        coalesce(base_files.base_rows, 0) as base_rows,
        {% for outcome in outcomes_of_rows -%}
        cast(coalesce(outcomes.{{ outcome }}_rows, 0) as bigint) as {{ outcome }}_rows,
        {% endfor -%}
        cast(coalesce(outcomes.repeated_rows, 0) as bigint) as repeated_rows,
        {% for outcome in outcomes_of_rows -%}
        {{ wide_or_zero('outcomes.' ~ outcome ~ '_amount') }} as {{ outcome }}_amount,
        {% endfor -%}
        {{ wide_or_zero('base_files.base_amount') }} as base_amount
    from base_files
    -- A file of which base has lost all rows still has outcomes.
    full outer join outcomes
        on
            base_files.domain = outcomes.domain
            and base_files.entity = outcomes.entity
            and base_files.bronze_file = outcomes.source_file
            and base_files.arrived_on = outcomes.arrived_on
)

select * from final
