{#
    Every pair of keys of which an accepted row of one has ever said that it replaces the other: replacing_key and
    replaced_key.

    base: name of the base model.
    key: its key column.
    replaces: the column with the key that a row replaces.
#}
{% macro replacement_pairs(base, key, replaces) -%}
    {{- expect_expression('replacement_pairs', 'key', key) -}}
    select distinct
        {{ key }} as replacing_key,
        {{ replaces }} as replaced_key
    from {{ ref(base) }}
    where
        _failed_rules = ''
        and {{ replaces }} is not null
{%- endmacro %}


{#
    The keys to work out for an entity whose rows can replace those of other keys, as CTEs up to <prefix>_new_keys:
    <prefix>_changed_keys, whose outcomes a new row can change, and with them the keys that replace these.

    entity: a mapping of audited_entities.
    prefix: the beginning of the names of its CTEs. <prefix>_loaded_keys has the keys with new rows.
#}
{% macro replacing_keys(entity, prefix) -%}
{{ prefix }}_pairs as (
    {{ replacement_pairs(entity.base, entity.key, entity.replaces) }}
),

{{ prefix }}_changed_keys as (
    select {{ entity.key }}
    from {{ prefix }}_loaded_keys
    union
    select pairs.replaced_key as {{ entity.key }}
    from {{ prefix }}_pairs as pairs
    inner join {{ prefix }}_loaded_keys as loaded_keys on pairs.replacing_key = loaded_keys.{{ entity.key }}
),

{{ prefix }}_new_keys as (
    select {{ entity.key }}
    from {{ prefix }}_changed_keys
    union
    select pairs.replacing_key as {{ entity.key }}
    from {{ prefix }}_pairs as pairs
    inner join {{ prefix }}_changed_keys as changed_keys on pairs.replaced_key = changed_keys.{{ entity.key }}
),
{%- endmacro %}


{#
    The outcomes of <prefix>_settled, where a current row whose key a current row of another key replaces is `replaced`.

    entity, loaded_after: as in outcome_steps.
#}
{% macro replaced_outcomes(entity, prefix, loaded_after) -%}
-- Of several rows that replace a key, the latest one is shown.
{{ prefix }}_replacing as (
    select
        replaced_key,
        source_file,
        source_line
    from (
        select
            replaced_key,
            source_file,
            source_line,
            row_number() over (
                partition by replaced_key
                order by updated_at desc, arrived_on desc, source_file desc, source_line desc
            ) as replacing_rank
        from {{ prefix }}_settled
        where
            outcome = 'current'
            and replaced_key is not null
    ) as ranked
    where replacing_rank = 1
),

{{ prefix }}_outcomes as (
    select
        settled.business_key,
        settled.updated_at,
        settled.source_file,
        settled.source_line,
        settled.arrived_on,
        settled.control_amount,
        {% for column in ['source_file', 'source_line'] -%}
        case
            when settled.outcome = 'current' and replacing.replaced_key is not null then replacing.{{ column }}
            else settled.kept_{{ column }}
        end as kept_{{ column }},
        {% endfor -%}
        case
            when settled.outcome = 'current' and replacing.replaced_key is not null then 'replaced'
            else settled.outcome
        end as outcome,
        settled.is_repeat,
        settled._loaded_at,
        settled._fingerprint
    from {{ prefix }}_settled as settled
    {%- if loaded_after %}
    inner join {{ prefix }}_changed_keys as changed_keys on settled.business_key = changed_keys.{{ entity.key }}
    {%- endif %}
    left join {{ prefix }}_replacing as replacing on settled.business_key = replacing.replaced_key
),
{%- endmacro %}
