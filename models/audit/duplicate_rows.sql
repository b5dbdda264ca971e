-- Which rows are further copies of a state (same key, same update time), and which copy stands for it? One row per
-- accepted row that another one stands for: the one that arrived last is kept, as everywhere.
with

{% for entity in audited_entities() -%}
{{ entity.name }}_copies as (
    select
        {{ text_literal(entity.domain) }} as domain,
        {{ text_literal(entity.name) }} as entity,
        {{ business_key(entity.key) }} as business_key,
        updated_at,
        _source_file as source_file,
        _source_line as source_line,
        _arrived_on as arrived_on,
        row_number() over (
            partition by {{ entity.key }}, updated_at
            order by _arrived_on desc, _source_file desc, _source_line desc
        ) as place_of_state,
        first_value(_source_file) over (
            partition by {{ entity.key }}, updated_at
            order by _arrived_on desc, _source_file desc, _source_line desc
            rows between unbounded preceding and unbounded following
        ) as kept_source_file,
        first_value(_source_line) over (
            partition by {{ entity.key }}, updated_at
            order by _arrived_on desc, _source_file desc, _source_line desc
            rows between unbounded preceding and unbounded following
        ) as kept_source_line,
        _loaded_at
    from {{ ref(entity.base) }}
    where _failed_rules = ''
),

{% endfor -%}
copies as (
    {% for entity in audited_entities() -%}
    select * from {{ entity.name }}_copies
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
    from copies
    where place_of_state > 1
)

select * from final
