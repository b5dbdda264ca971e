-- What became of the rows of each landed file: each delivered row is in exactly one of rejected, duplicate, superseded
-- and current. Worked out from base alone, not from the tables it is compared with, and over the whole history on
-- purpose: a proof that looks only at today cannot see a row that went missing yesterday.
with

{% for entity in audited_entities() -%}
{{ entity.domain }}_{{ entity.name }}_ranked as (
    select
        _source_file,
        _arrived_on,
        _failed_rules = '' as is_accepted,
        {{ entity.amount or 'cast(null as decimal(18, 2))' }} as amount,
        row_number() over (
            partition by _failed_rules, {{ entity.key }}
            order by updated_at desc, _arrived_on desc, _source_file desc, _source_line desc
        ) as place_of_key,
        row_number() over (
            partition by _failed_rules, {{ entity.key }}, updated_at
            order by _arrived_on desc, _source_file desc, _source_line desc
        ) as place_of_state,
        count(*) over (partition by _failed_rules, {{ entity.key }}, updated_at) as copies_of_state
    from {{ ref(entity.base) }}
),

{% endfor -%}
ranked as (
    {% for entity in audited_entities() -%}
    select
        {{ text_literal(entity.domain) }} as domain,
        {{ text_literal(entity.name) }} as entity,
        {{ entity.domain }}_{{ entity.name }}_ranked.*
    from {{ entity.domain }}_{{ entity.name }}_ranked
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

judged as (
    select
        domain,
        entity,
        _source_file,
        _arrived_on,
        amount,
        case
            when not is_accepted then 'rejected'
            when place_of_state > 1 then 'duplicate'
            when place_of_key > 1 then 'superseded'
            else 'current'
        end as outcome,
        -- The later copies of a state, whichever copy wins.
        is_accepted and place_of_state < copies_of_state as is_repeat
    from ranked
),

final as (
    select
        domain,
        entity,
        _source_file as bronze_file,
        _arrived_on as arrived_on,

        count(*) as base_rows,
        {% for outcome in ['rejected', 'duplicate', 'superseded', 'current'] -%}
        cast(sum(case when outcome = '{{ outcome }}' then 1 else 0 end) as bigint) as {{ outcome }}_rows,
        {% endfor -%}
        cast(sum(case when is_repeat then 1 else 0 end) as bigint) as repeated_rows,
        {% for outcome in ['rejected', 'duplicate', 'superseded', 'current'] -%}
        cast(coalesce(sum(case when outcome = '{{ outcome }}' then amount end), 0) as decimal(38, 2))
            as {{ outcome }}_amount,
        {% endfor -%}
        cast(coalesce(sum(amount), 0) as decimal(38, 2)) as base_amount
    from judged
    group by
        domain,
        entity,
        _source_file,
        _arrived_on
)

select * from final
