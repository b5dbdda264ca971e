-- What became of every row in base: rejected, duplicate, superseded, replaced, withdrawn or current. Worked out from
-- base alone, not from the tables it is compared with. Only keys with new rows, and keys that these replace, are worked
-- out again; the full proof works out all of them. A row keeps its first fingerprint until its base is made anew, so
-- that a later change of base is found.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['source_file', 'source_line'],
    on_schema_change='append_new_columns',
    dist='source_line',
    sort='_loaded_at',
) }}
{% set loaded = loaded_outcomes() -%}
{% set proved = entities_proved_before() -%}

with

{% for entity in audited_entities() -%}
{% set loaded_after = loaded.get(entity.domain ~ '.' ~ entity.name) -%}
{{ outcome_steps(entity, loaded_after) }}

{{ reuse_step(entity) }}

{{ entity.domain }}_{{ entity.name }}_rejected as (
    select
        {{ business_key(entity.key) }} as business_key,
        updated_at,
        _source_file as source_file,
        _source_line as source_line,
        _arrived_on as arrived_on,
        {{ entity.amount or 'cast(null as decimal(18, 2))' }} as control_amount,
        cast(null as varchar(1024)) as kept_source_file,
        cast(null as integer) as kept_source_line,
        {{ text_literal('rejected') }} as outcome,
        false as is_repeat,
        _loaded_at,
        {{ base_fingerprint(entity) }} as _fingerprint
    from {{ ref(entity.base) }}
    where
        _failed_rules <> ''
        and {{ '_loaded_at > ' ~ loaded_after if loaded_after else 'true' }}
),

{% endfor -%}
outcomes as (
    {% for entity in audited_entities() -%}
    {% for part in ['outcomes', 'rejected'] -%}
    select
        {{ text_literal(entity.domain) }} as domain,
        {{ text_literal(entity.name) }} as entity,
        {{ entity.domain }}_{{ entity.name }}_{{ part }}.*
    from {{ entity.domain }}_{{ entity.name }}_{{ part }}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

reuses as (
    {{ reused_rows() }}
),

final as (
    select
        outcomes.domain,
        outcomes.entity,
        outcomes.business_key,

        outcomes.updated_at,
        outcomes.source_file,
        outcomes.source_line,
        outcomes.arrived_on,
        outcomes.control_amount,
        outcomes.kept_source_file,
        outcomes.kept_source_line,
        outcomes.outcome,
        outcomes.is_repeat,
        cast(reuses.reuse as varchar(64)) as reuse,
        cast(reuses.reuse_detail as varchar(1024)) as reuse_detail,
        cast(reuses.earlier_source_file as varchar(1024)) as earlier_source_file,
        cast(reuses.earlier_source_line as integer) as earlier_source_line,

        outcomes._loaded_at,
        {{ first_fingerprint(proved) }} as _fingerprint
    from outcomes
    left join reuses
        on
            outcomes.source_file = reuses.source_file
            and outcomes.source_line = reuses.source_line
    {% if proved -%}
    left join {{ this }} as earlier
        on
            outcomes.source_file = earlier.source_file
            and outcomes.source_line = earlier.source_line
    {%- endif %}
)

select * from final
