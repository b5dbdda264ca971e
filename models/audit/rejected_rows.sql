-- Every row that was kept aside, with its reason and its text: by landing because the line is malformed, or by base
-- because it breaks rules. Personal data is masked here; silver and bronze hold it.
with

malformed_lines as (select * from {{ source('control', 'malformed_lines') }}),

deliveries as (select * from {{ ref('base_control__deliveries') }}),

-- A line that cannot be split into columns cannot be masked by column either.
malformed as (
    select
        malformed_lines.domain,
        malformed_lines.entity,
        {{ text_literal('landing') }} as rejected_by,
        malformed_lines.bronze_file as source_file,
        cast(malformed_lines.source_line as integer) as source_line,
        malformed_lines.dt as arrived_on,
        malformed_lines.reason as reasons,
        case
            when
                (
                    false
                    {% for entity in audited_entities() if not pii_columns(entity.domain, entity.name) -%}
                    or (malformed_lines.domain = '{{ entity.domain }}' and malformed_lines.entity = '{{ entity.name }}')
                    {% endfor -%}
                )
                then malformed_lines.raw_line
            else '(masked: see control__malformed_lines)'
        end as raw_record,
        deliveries._loaded_at
    from malformed_lines
    -- Lines of a batch whose manifest is still missing have not been delivered yet.
    inner join deliveries
        on
            malformed_lines.batch_id = deliveries.batch_id
            and malformed_lines.bronze_file = deliveries.bronze_file
),

{% for entity in audited_entities() -%}
{{ entity.domain }}_{{ entity.name }}_rejected as (
    select
        {{ text_literal(entity.domain) }} as domain,
        {{ text_literal(entity.name) }} as entity,
        {{ text_literal('rules') }} as rejected_by,
        _source_file as source_file,
        _source_line as source_line,
        _arrived_on as arrived_on,
        _failed_rules as reasons,
        {{ masked_record('_raw_record', entity.domain, entity.name) }} as raw_record,
        _loaded_at
    from {{ ref(entity.base) }}
    where _failed_rules <> ''
),

{% endfor -%}
final as (
    select * from malformed
    {%- for entity in audited_entities() %}
    union all
    select * from {{ entity.domain }}_{{ entity.name }}_rejected
    {%- endfor %}
)

select * from final
