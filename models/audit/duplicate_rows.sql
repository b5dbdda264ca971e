-- Every accepted row that adds nothing to silver, and the row that is kept instead. A row is a duplicate if a later
-- arrival replaced it at the same update time, or if the state before or after it has the same content.
with

{% for entity in audited_entities() -%}
{{ outcome_steps(entity) }}

{% endfor -%}
outcomes as (
    {% for entity in audited_entities() -%}
    select * from {{ entity.domain }}_{{ entity.name }}_outcomes
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

final as (
    select
        domain,
        entity,
        business_key,
        updated_at,
        source_file,
        source_line,
        arrived_on,
        kept_source_file,
        kept_source_line,
        _loaded_at
    from outcomes
    where outcome = 'duplicate'
)

select * from final
