-- Every rejected row with its reasons, its text and the file that has resolved it since. Landing rejects malformed
-- lines, base rejects rows that break rules. Personal data is masked here; silver and bronze have it.
with

malformed_lines as (select * from {{ ref('base_control__malformed_lines') }}),

outcomes as (select * from {{ ref('row_outcomes') }}),

-- A malformed line cannot be masked by column, so the whole line is masked if the entity has personal data.
malformed as (
    select
        malformed_lines.domain,
        malformed_lines.entity,
        {{ text_literal('landing') }} as rejected_by,
        malformed_lines._source_file as source_file,
        malformed_lines._source_line as source_line,
        malformed_lines._arrived_on as arrived_on,
        malformed_lines.reason as reasons,
        cast(null as varchar(1024)) as business_key,
        cast(null as timestamp) as updated_at,
        case
            when
                (
                    false
                    {% for entity in audited_entities() if not pii_columns(entity.domain, entity.name) -%}
                    or (malformed_lines.domain = '{{ entity.domain }}' and malformed_lines.entity = '{{ entity.name }}')
                    {% endfor -%}
                )
                then malformed_lines.raw_line
            else '(masked: see base_control__malformed_lines)'
        end as raw_record,
        malformed_lines._loaded_at
    from malformed_lines
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
        {{ business_key(entity.key) }} as business_key,
        -- An update time that breaks a rule cannot be compared with later ones.
        case when position('updated_at' in _failed_rules) = 0 then updated_at end as updated_at,
        {{ masked_record('_raw_record', entity.domain, entity.name) }} as raw_record,
        _loaded_at
    from {{ ref(entity.base) }}
    where _failed_rules <> ''
),

{% endfor -%}
rejected as (
    select * from malformed
    {%- for entity in audited_entities() %}
    union all
    select * from {{ entity.domain }}_{{ entity.name }}_rejected
    {%- endfor %}
),

rejected_keys as (
    select distinct
        domain,
        entity,
        business_key
    from rejected
    where business_key is not null
),

-- Few keys have a rejected row, so few accepted rows are looked at.
accepted as (
    select
        outcomes.domain,
        outcomes.entity,
        outcomes.business_key,
        outcomes.updated_at,
        outcomes.source_file,
        outcomes.source_line,
        outcomes.arrived_on
    from outcomes
    inner join rejected_keys
        on
            outcomes.domain = rejected_keys.domain
            and outcomes.entity = rejected_keys.entity
            and outcomes.business_key = rejected_keys.business_key
    where outcomes.outcome <> 'rejected'
),

-- Accepted rows that arrived after a rejected row of the same key, the first one first.
later_rows as (
    select
        rejected.source_file,
        rejected.source_line,
        accepted.source_file as resolved_by_file,
        accepted.arrived_on as resolved_on,
        row_number() over (
            partition by rejected.source_file, rejected.source_line
            order by accepted.arrived_on, accepted.source_file, accepted.source_line
        ) as arrival_rank
    from rejected
    inner join accepted
        on
            rejected.domain = accepted.domain
            and rejected.entity = accepted.entity
            and rejected.business_key = accepted.business_key
    where
        {{ arrived_after('accepted', 'rejected') }}
        and accepted.updated_at >= coalesce(rejected.updated_at, accepted.updated_at)
),

-- Rows without a key are resolved only by a file that is named as the correction of theirs.
without_key as (
    select
        source_file,
        arrived_on,
        {{ correction_digits('source_file') }} as correction_digits,
        count(*) as keyless_count
    from rejected
    where business_key is null
    group by
        source_file,
        arrived_on
),

correcting as (
    select
        {{ corrected_digits('source_file') }} as correction_digits,
        domain,
        entity,
        business_key,
        source_file,
        arrived_on
    from outcomes
    where
        outcome <> 'rejected'
        and position('.corrects-' in source_file) > 0
),

-- Rows of a correcting file whose key was rejected correct that key, not a row without key.
keys_of_files as (
    select distinct
        {{ correction_digits('source_file') }} as correction_digits,
        domain,
        entity,
        business_key
    from rejected
    where business_key is not null
),

brought as (
    select
        correcting.correction_digits,
        correcting.source_file,
        correcting.arrived_on,
        count(distinct correcting.business_key) as key_count
    from correcting
    left join keys_of_files
        on
            correcting.correction_digits = keys_of_files.correction_digits
            and correcting.domain = keys_of_files.domain
            and correcting.entity = keys_of_files.entity
            and correcting.business_key = keys_of_files.business_key
    where keys_of_files.business_key is null
    group by
        correcting.correction_digits,
        correcting.source_file,
        correcting.arrived_on
),

corrected as (
    select
        without_key.source_file,
        brought.source_file as resolved_by_file,
        brought.arrived_on as resolved_on,
        row_number() over (
            partition by without_key.source_file
            order by brought.arrived_on, brought.source_file
        ) as arrival_rank
    from without_key
    inner join brought on without_key.correction_digits = brought.correction_digits
    where
        brought.key_count >= without_key.keyless_count
        and brought.arrived_on >= without_key.arrived_on
),

final as (
    select
        rejected.domain,
        rejected.entity,
        rejected.rejected_by,
        rejected.source_file,
        rejected.source_line,
        rejected.arrived_on,
        rejected.reasons,
        rejected.business_key,
        rejected.raw_record,

        coalesce(later_rows.resolved_by_file, corrected.resolved_by_file) is not null as is_resolved,
        coalesce(later_rows.resolved_by_file, corrected.resolved_by_file) as resolved_by_file,
        coalesce(later_rows.resolved_on, corrected.resolved_on) as resolved_on,

        rejected._loaded_at
    from rejected
    left join later_rows
        on
            rejected.source_file = later_rows.source_file
            and rejected.source_line = later_rows.source_line
            and later_rows.arrival_rank = 1
    left join corrected
        on
            rejected.business_key is null
            and rejected.source_file = corrected.source_file
            and corrected.arrival_rank = 1
)

select * from final
