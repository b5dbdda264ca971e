-- How many rows of each landed file are rejected, duplicate, superseded or current. Every delivered row has exactly one
-- of these outcomes. They are derived from base alone, not from the tables they are compared with, and over the whole
-- history: a check of today's rows only would not find a row that was lost yesterday.
with

{% for entity in audited_entities() -%}
{{ outcome_steps(entity) }}

{{ entity.domain }}_{{ entity.name }}_rejected as (
    select
        {{ text_literal(entity.domain) }} as domain,
        {{ text_literal(entity.name) }} as entity,
        _source_file as source_file,
        _arrived_on as arrived_on,
        {{ entity.amount or 'cast(null as decimal(18, 2))' }} as control_amount,
        {{ text_literal('rejected') }} as outcome,
        false as is_repeat
    from {{ ref(entity.base) }}
    where _failed_rules <> ''
),

{% endfor -%}
outcomes as (
    {% for entity in audited_entities() -%}
    {% for part in ['outcomes', 'rejected'] -%}
    select
        domain,
        entity,
        source_file,
        arrived_on,
        control_amount,
        outcome,
        is_repeat
    from {{ entity.domain }}_{{ entity.name }}_{{ part }}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

final as (
    select
        domain,
        entity,
        source_file as bronze_file,
        arrived_on,

        count(*) as base_rows,
        {% for outcome in ['rejected', 'duplicate', 'superseded', 'current'] -%}
        cast(sum(case when outcome = '{{ outcome }}' then 1 else 0 end) as bigint) as {{ outcome }}_rows,
        {% endfor -%}
        cast(sum(case when is_repeat then 1 else 0 end) as bigint) as repeated_rows,
        {% for outcome in ['rejected', 'duplicate', 'superseded', 'current'] -%}
        cast(coalesce(sum(case when outcome = '{{ outcome }}' then control_amount end), 0) as decimal(38, 2))
            as {{ outcome }}_amount,
        {% endfor -%}
        cast(coalesce(sum(control_amount), 0) as decimal(38, 2)) as base_amount
    from outcomes
    group by
        domain,
        entity,
        source_file,
        arrived_on
)

select * from final
