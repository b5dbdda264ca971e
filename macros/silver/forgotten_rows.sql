{#
    Overwrites the rows of an entity. A table of its own has the rows as they are to be, because four tables are updated
    from it; base is the last one, because the rows to overwrite are those that differ from base.

    entity: a mapping of audited_entities.
    files: the overwritten files of the entity, as mappings with the arrival day.
#}
{% macro overwrite_entity(entity, files) %}
    {%- set rows = api.Relation.create(
        database=target.database, schema=layer_schema('silver'), identifier='forgotten_' ~ entity.domain ~ '_' ~ entity.name
    ) -%}
    {%- set history = (
        audited_histories() | selectattr('domain', 'equalto', entity.domain)
        | selectattr('entity', 'equalto', entity.name) | list or [none]
    )[0] -%}
    {%- set values = pii_columns(entity.domain, entity.name) + ['_row_hash'] -%}
    {%- do run_query("drop table if exists " ~ rows) -%}
    {%- do run_query("create table " ~ rows ~ " as " ~ forgotten_rows(entity, files | map(attribute='day') | list, history)) -%}
    {%- do overwrite_fingerprint('row_outcomes', rows, 'source_file', 'source_line', 'outcome_before', 'outcome_after') -%}
    {%- for name in [entity.stg] + ([history.versions, history.snapshot] if history else []) -%}
        {%- if history and name != entity.stg -%}
            {%- do overwrite_fingerprint(name, rows, '_source_file', '_source_line', 'content_before', 'content_after') -%}
        {%- endif -%}
        {%- do overwrite_values(name, rows, values) -%}
    {%- endfor -%}
    {%- do overwrite_values(entity.base, rows, values + ['_raw_record']) -%}
    {%- do run_query("drop table " ~ rows) -%}
{% endmacro %}


{#
    The rows of base whose values in bronze are others now, as they are to be, with their fingerprints before and after.

    entity: a mapping of audited_entities.
    days: the arrival days of the overwritten files, so that only their partitions are read.
    history: a mapping of audited_histories; none where the entity has no history.
#}
{% macro forgotten_rows(entity, days, history) -%}
{%- set domain, name = entity.domain, entity.name -%}
{%- set base = kept_table(entity.base) -%}
{%- set personal = pii_columns(domain, name) -%}
{%- set stored = adapter.get_columns_in_relation(base) | map(attribute='name') | list -%}
{#- Base gets a new column of the contract later in this run. Until then it counts as empty, as it does in the fingerprints. -#}
{%- set missing = missing_columns(base, fingerprinted_columns(entity)) -%}
with

delivered as (
    select
        {% for column in contract_columns(domain, name, delivered_only=true) -%}
        {{ trimmed_or_null('bronze.' ~ column) }} as raw_{{ column }},
        {% endfor -%}
        {{ source_file('bronze') }} as delivered_file,
        cast(bronze.source_line as integer) as delivered_line
    from {{ bronze_table(domain, name) }} as bronze
    where
        {{ in_days('bronze.dt', days) }}
        and {{ source_file('bronze') }} in (
            select forgotten.bronze_file from {{ tombstones() }} as forgotten where {{ in_days('forgotten.dt', days) }}
        )
),

typed as (
    {{ typed_rows('delivered', domain, name) }}
),

hashed as (
    select
        typed.*,
        cast({{ row_hash(domain, name) }} as varchar(64)) as delivered_hash,
        cast({{ raw_record(domain, name) }} as varchar(65535)) as delivered_record
    from typed
),

stored as (
    select
        *,
        {{ base_fingerprint(entity) }} as outcome_before,
        {{ content_fingerprint(history) if history else 'cast(null as bigint)' }} as content_before
    from (
        select
            {% for column in missing -%}
            cast(null as varchar(1)) as {{ column }},
            {% endfor -%}
            base.*
        from {{ base }} as base
        where {{ in_days('base._arrived_on', days) }}
    ) as completed
),

overwritten as (
    select
        {% for column in stored + missing -%}
        {%- if column in personal and column not in missing -%}
        hashed.{{ column }},
        {%- elif column == '_row_hash' -%}
        hashed.delivered_hash as _row_hash,
        {%- elif column == '_raw_record' -%}
        case when stored._failed_rules <> '' then hashed.delivered_record end as _raw_record,
        {%- else -%}
        stored.{{ column }},
        {%- endif %}
        {% endfor -%}
        stored.outcome_before,
        stored.content_before
    from stored
    inner join hashed
        on
            stored._source_file = hashed.delivered_file
            and stored._source_line = hashed.delivered_line
    where stored._row_hash <> hashed.delivered_hash
)

select
    *,
    {{ base_fingerprint(entity) }} as outcome_after,
    {{ content_fingerprint(history) if history else 'cast(null as bigint)' }} as content_after
from overwritten
{%- endmacro %}


{# Overwrites columns of a table from the table with the rows as they are to be. #}
{% macro overwrite_values(name, rows, columns) %}
    {%- set table = kept_table(name) -%}
    {%- if table -%}
        {%- set missing = missing_columns(table, columns) -%}
        {%- set query -%}
            update {{ table }}
            set
                {% for column in columns | reject('in', missing) -%}
                {{ column }} = {{ rows.identifier }}.{{ column }}{{ ',' if not loop.last }}
                {% endfor %}
            from {{ rows }}
            where
                {{ table.identifier }}._source_file = {{ rows.identifier }}._source_file
                and {{ table.identifier }}._source_line = {{ rows.identifier }}._source_line
        {%- endset -%}
        {%- do run_query(query) -%}
    {%- endif -%}
{% endmacro %}


{#
    Overwrites the fingerprints of rows. A fingerprint that was not that of the row stays wrong, so that a value that was
    changed by hand is still found.
#}
{% macro overwrite_fingerprint(name, rows, file, line, before, after) %}
    {%- set table = kept_table(name) -%}
    {%- if table -%}
        {%- set query -%}
            update {{ table }}
            set _fingerprint = {{ rows.identifier }}.{{ after }}
            from {{ rows }}
            where
                {{ table.identifier }}.{{ file }} = {{ rows.identifier }}._source_file
                and {{ table.identifier }}.{{ line }} = {{ rows.identifier }}._source_line
                and {{ table.identifier }}._fingerprint = {{ rows.identifier }}.{{ before }}
        {%- endset -%}
        {%- do run_query(query) -%}
    {%- endif -%}
{% endmacro %}
