{#
    At the start of a run: overwrites in the warehouse what `tieout forget` has overwritten in bronze since the last run. The
    overwritten files are read again, and their values replace those in base, stg, versions and snapshots, with the
    fingerprints that cover them. Load times stay, so nothing counts as new. Gold's tables with personal data are
    rebuilt by every run.

    The request is recorded in forgotten_persons last. So if the run is interrupted, the next one repeats everything, which
    changes nothing more.
#}
{% macro forget_persons() %}
    {%- if execute and is_writing() -%}
        {%- set files = files_to_forget() -%}
        {%- if files -%}
            {%- do log("Overwriting what tieout forget has overwritten in " ~ files | length ~ " files of bronze.", info=true) -%}
            {%- set recorded = run_table('forgotten_persons') -%}
            {%- do begin_forgetting(recorded) -%}
            {%- for entity in audited_entities() if pii_columns(entity.domain, entity.name) -%}
                {%- set of_entity = files | selectattr('domain', 'equalto', entity.domain)
                    | selectattr('entity', 'equalto', entity.name) | list -%}
                {%- if of_entity and kept_table(entity.base) -%}
                    {%- do overwrite_entity(entity, of_entity) -%}
                {%- endif -%}
            {%- endfor -%}
            {%- do overwrite_digests() -%}
            {%- do record_forgotten(recorded) -%}
            {%- do end_forgetting() -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{#
    On DuckDB, everything is one transaction. Reading the columns of a table opens it, and dbt rolls back what a hook leaves
    open. On Redshift each statement commits itself.

    recorded: the table forgotten_persons.
#}
{% macro begin_forgetting(recorded) %}
    {{ return(adapter.dispatch('begin_forgetting', 'tieout')(recorded)) }}
{% endmacro %}


{% macro default__begin_forgetting(recorded) %}{% endmacro %}


{% macro duckdb__begin_forgetting(recorded) %}
    {%- do adapter.get_columns_in_relation(recorded) -%}
{% endmacro %}


{# Commits what begin_forgetting has begun. #}
{% macro end_forgetting() %}
    {{ return(adapter.dispatch('end_forgetting', 'tieout')()) }}
{% endmacro %}


{% macro default__end_forgetting() %}
    {%- do run_query("commit") -%}
{% endmacro %}


{% macro duckdb__end_forgetting() %}
    {%- do adapter.commit() -%}
{% endmacro %}


{# The overwritten files that forgotten_persons does not have, as mappings of domain, entity and arrival day. #}
{% macro files_to_forget() %}
    {%- set recorded = kept_table('forgotten_persons') -%}
    {%- set query -%}
        select distinct
            forgotten.domain,
            forgotten.entity,
            forgotten.dt
        from {{ tombstones() }} as forgotten
        {%- if recorded %}
        where {{ tombstone_key('forgotten') }} not in (select {{ tombstone_key('recorded') }} from {{ recorded }} as recorded)
        {%- endif %}
        order by 1, 2, 3
    {%- endset -%}
    {%- set files = [] -%}
    {%- for row in run_query(query).rows -%}
        {%- do files.append({'domain': row[0], 'entity': row[1], 'day': row[2]}) -%}
    {%- endfor -%}
    {{ return(files) }}
{% endmacro %}


{# The request and the file of a record as one text. #}
{% macro tombstone_key(records) -%}
    {{ records }}.forget_id || '/' || coalesce({{ records }}.bronze_file, '')
{%- endmacro %}


{# The records of bronze about forgotten persons. #}
{% macro tombstones() %}
    {%- set node = bronze_entity('control', 'forgotten') -%}
    {{ return(node.schema ~ '.' ~ node.identifier) }}
{% endmacro %}


{# The table of a model or snapshot that keeps rows; none if it is a view or has not been built. #}
{% macro kept_table(name) %}
    {%- set node = graph.nodes.get('model.' ~ project_name ~ '.' ~ name) or graph.nodes['snapshot.' ~ project_name ~ '.' ~ name] -%}
    {%- set table = load_relation(api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias)) -%}
    {{ return(table if table and table.type == 'table' else none) }}
{% endmacro %}


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
    from {{ bronze_entity(domain, name).schema }}.{{ bronze_entity(domain, name).identifier }} as bronze
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


{# Overwrites the digests of the overwritten files in the delivery log, and the fingerprints that cover them. #}
{% macro overwrite_digests() %}
    {%- set log_table = kept_table('base_control__deliveries') -%}
    {%- if log_table -%}
        {%- set columns = built_columns(graph.nodes['model.' ~ project_name ~ '.base_control__deliveries']) -%}
        {%- set query -%}
            update {{ log_table }}
            set
                bronze_sha256 = digests.bronze_sha256,
                _fingerprint = case
                    when {{ log_table.identifier }}._fingerprint = digests.fingerprint_before then digests.fingerprint_after
                    else {{ log_table.identifier }}._fingerprint
                end
            from (
                select
                    replaced.*,
                    {{ fingerprint(columns, 'replaced') }} as fingerprint_after
                from (
                    select
                        {% for column in columns -%}
                        {{ 'manifests.bronze_sha256' if column == 'bronze_sha256' else 'logged.' ~ column }},
                        {% endfor -%}
                        {{ fingerprint(columns, 'logged') }} as fingerprint_before
                    from {{ log_table }} as logged
                    inner join {{ bronze_entity('control', 'deliveries').schema }}.{{ bronze_entity('control', 'deliveries').identifier }} as manifests
                        on
                            logged.bronze_file = manifests.bronze_file
                            and logged.arrived_on = manifests.dt
                    where
                        manifests.bronze_file in (select forgotten.bronze_file from {{ tombstones() }} as forgotten)
                        and logged.bronze_sha256 <> manifests.bronze_sha256
                ) as replaced
            ) as digests
            where {{ log_table.identifier }}.delivery_sk = digests.delivery_sk
        {%- endset -%}
        {%- do run_query(query) -%}
    {%- endif -%}
{% endmacro %}


{# Records in forgotten_persons what was overwritten. #}
{% macro record_forgotten(recorded) %}
    {%- set query -%}
        insert into {{ recorded }} ({{ run_table_columns('forgotten_persons') }})
        select
            forget_id,
            customer_id,
            cast(forgotten_at as timestamp) as forgotten_at,
            forgotten_by,
            reason,
            nullif(domain, '') as domain,
            nullif(entity, '') as entity,
            nullif(bronze_file, '') as bronze_file,
            cast(overwritten_rows as bigint) as overwritten_rows,
            cast(overwritten_values as bigint) as overwritten_values,
            cast('{{ run_started_at.replace(tzinfo=none) }}' as timestamp) as _loaded_at
        from {{ tombstones() }} as forgotten
        where {{ tombstone_key('forgotten') }} not in (select {{ tombstone_key('recorded') }} from {{ recorded }} as recorded)
    {%- endset -%}
    {%- do run_query(query) -%}
{% endmacro %}
