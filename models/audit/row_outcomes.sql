-- What became of every row in base: rejected, duplicate, superseded or current. Worked out from base alone, not from the
-- tables it is compared with. Only the keys with new rows are worked out again; the full proof works out all of them.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['source_file', 'source_line'],
    full_refresh=proof_is_full(),
    on_schema_change='fail',
    dist='source_file',
    sort='_loaded_at',
) }}
{% set loaded = loaded_outcomes() -%}

with

{% for entity in audited_entities() -%}
{% set loaded_after = loaded.get(entity.domain ~ '.' ~ entity.name) -%}
{{ outcome_steps(entity, loaded_after) }}

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
        {{ rejected_fingerprint(entity) }} as _fingerprint
    from {{ ref(entity.base) }}
    where
        _failed_rules <> ''
        and {{ '_loaded_at > ' ~ loaded_after if loaded_after else 'true' }}
),

{% endfor -%}
final as (
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
)

select * from final
