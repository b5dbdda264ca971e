-- The rows behind a difference: one row per file and line that does not occur equally often, with the same control
-- amount, in two layers. Sums can cancel out, but single rows cannot: a cent that moved from one row to another is
-- found here, although every total ties out. Empty if everything ties out.
{% set facts = audited_facts() | selectattr('entity') | list -%}
{% set no_amount = 'cast(null as decimal(18, 2))' -%}

with

deliveries as (select * from {{ ref('base_control__deliveries') }}),

{% for entity in audited_entities() -%}
{% set amount = entity.amount or no_amount -%}
{{ outcome_steps(entity) }}

{{ entity.domain }}_{{ entity.name }}_occurrences as (
    select
        {{ text_literal('base') }} as from_layer,
        {{ text_literal('stg') }} as to_layer,
        source_file,
        source_line,
        business_key,
        control_amount as amount,
        1 as rows_in,
        0 as rows_out
    from {{ entity.domain }}_{{ entity.name }}_outcomes
    where outcome = 'current'
    union all
    select
        {{ text_literal('base') }} as from_layer,
        {{ text_literal('stg') }} as to_layer,
        _source_file as source_file,
        _source_line as source_line,
        {{ business_key(entity.key) }} as business_key,
        {{ amount }} as amount,
        0 as rows_in,
        1 as rows_out
    from {{ ref(entity.stg) }}
    {%- for fact in facts if fact.domain == entity.domain and fact.entity == entity.name %}
    union all
    select
        {{ text_literal('stg') }} as from_layer,
        {{ text_literal(fact.table) }} as to_layer,
        _source_file as source_file,
        _source_line as source_line,
        {{ business_key(entity.key) }} as business_key,
        {{ amount }} as amount,
        1 as rows_in,
        0 as rows_out
    from {{ ref(entity.stg) }}
    union all
    select
        {{ text_literal('stg') }} as from_layer,
        {{ text_literal(fact.table) }} as to_layer,
        _source_file as source_file,
        _source_line as source_line,
        cast(null as varchar(1024)) as business_key,
        {{ fact.amount or no_amount }} as amount,
        0 as rows_in,
        1 as rows_out
    from {{ ref(fact.table) }}
    {%- endfor %}
),

{% endfor -%}
occurrences as (
    {% for entity in audited_entities() -%}
    select
        {{ text_literal(entity.domain) }} as domain,
        {{ text_literal(entity.name) }} as entity,
        {{ entity.domain }}_{{ entity.name }}_occurrences.*
    from {{ entity.domain }}_{{ entity.name }}_occurrences
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

counted as (
    select
        domain,
        entity,
        from_layer,
        to_layer,
        source_file,
        source_line,
        amount,
        max(business_key) as key_of_row,
        sum(rows_in) as count_in,
        sum(rows_out) as count_out
    from occurrences
    group by
        domain,
        entity,
        from_layer,
        to_layer,
        source_file,
        source_line,
        amount
),

final as (
    select
        counted.domain,
        counted.entity,
        counted.from_layer,
        counted.to_layer,
        counted.source_file,
        counted.source_line,
        counted.key_of_row as business_key,

        deliveries.arrived_on,

        counted.amount,
        cast(counted.count_in as bigint) as rows_in,
        cast(counted.count_out as bigint) as rows_out
    from counted
    -- A left join, because a row of a file that is not in the delivery log must be listed too.
    left join deliveries on counted.source_file = deliveries.bronze_file
    where counted.count_in <> counted.count_out
)

select * from final
