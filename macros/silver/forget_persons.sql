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
            {%- do overwrite_malformed_lines(files) -%}
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
    {%- if not bronze_table_exists('control', 'forgotten') -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set days = bronze_days('forgotten') -%}
    {%- if days is not none and days | length == 0 -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set recorded = kept_table('forgotten_persons') -%}
    {%- set query -%}
        select distinct
            forgotten.domain,
            forgotten.entity,
            forgotten.dt
        from {{ tombstones() }} as forgotten
        where
            {{ in_days('forgotten.dt', days) }}
            {%- if recorded %}
            and {{ tombstone_key('forgotten') }} not in (
                select {{ tombstone_key('recorded') }} from {{ recorded }} as recorded
            )
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
    {{ return(bronze_table('control', 'forgotten')) }}
{% endmacro %}


{# Whether the table of an entity is in bronze. On Redshift it is there once `tieout catalog` has registered it. #}
{% macro bronze_table_exists(domain, entity) %}
    {{ return(adapter.dispatch('bronze_table_exists', 'tieout')(domain, entity)) }}
{% endmacro %}


{% macro duckdb__bronze_table_exists(domain, entity) %}
    {{ return(true) }}
{% endmacro %}


{% macro redshift__bronze_table_exists(domain, entity) %}
    {%- set node = bronze_entity(domain, entity) -%}
    {%- set query -%}
        select count(*)
        from svv_external_tables
        where
            schemaname = {{ text_literal(node.schema) }}
            and tablename = {{ text_literal(node.identifier) }}
    {%- endset -%}
    {{ return(run_query(query).columns[0].values()[0] > 0) }}
{% endmacro %}


{# The name of an entity's table in bronze, for hooks, in which dbt does not know sources. #}
{% macro bronze_table(domain, entity) %}
    {%- set node = bronze_entity(domain, entity) -%}
    {{ return(node.schema ~ '.' ~ node.identifier) }}
{% endmacro %}


{# The table of a model or snapshot that keeps rows; none if it is a view or has not been built. #}
{% macro kept_table(name) %}
    {%- set node = graph.nodes.get('model.' ~ project_name ~ '.' ~ name)
        or graph.nodes['snapshot.' ~ project_name ~ '.' ~ name] -%}
    {%- set table = load_relation(
        api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias)
    ) -%}
    {{ return(table if table and table.type == 'table' else none) }}
{% endmacro %}


{#
    Overwrites the texts of malformed lines, and the fingerprints that cover them.

    files: the overwritten files, as mappings.
#}
{% macro overwrite_malformed_lines(files) %}
    {%- set days = files | selectattr('domain', 'equalto', 'control') | selectattr('entity', 'equalto', 'malformed_lines')
        | map(attribute='day') | list -%}
    {%- if days -%}
        {%- do overwrite_control(
            'base_control__malformed_lines',
            'raw_line',
            bronze_table('control', 'malformed_lines'),
            'kept._source_file = bronze.bronze_file and kept.batch_id = bronze.batch_id '
            ~ 'and kept._source_line = cast(bronze.source_line as integer)',
            in_days('bronze.dt', days),
            ['_source_file', '_source_line']
        ) -%}
    {%- endif -%}
{% endmacro %}


{# Overwrites the digests of the overwritten files in the delivery log, and the fingerprints that cover them. #}
{% macro overwrite_digests() %}
    {%- set days = bronze_days('forgotten') -%}
    {%- do overwrite_control(
        'base_control__deliveries',
        'bronze_sha256',
        bronze_table('control', 'deliveries'),
        'kept.bronze_file = bronze.bronze_file and kept.arrived_on = bronze.dt',
        in_days('bronze.dt', days) ~ ' and bronze.bronze_file in (select forgotten.bronze_file from ' ~ tombstones()
        ~ ' as forgotten where ' ~ in_days('forgotten.dt', days) ~ ')',
        ['delivery_sk']
    ) -%}
{% endmacro %}


{#
    Overwrites a column of a control table with the values in bronze, and the fingerprints that cover it. A fingerprint that
    was not that of its row stays wrong.

    name: the model.
    column: the column.
    rows: the table in bronze.
    joined: the condition that a row of the model (`kept`) is a row of bronze (`bronze`).
    where: which rows of bronze.
    key: the columns of the model's key.
#}
{% macro overwrite_control(name, column, rows, joined, where, key) %}
    {%- set table = kept_table(name) -%}
    {%- if table -%}
        {%- set columns = built_columns(graph.nodes['model.' ~ project_name ~ '.' ~ name]) -%}
        {%- set query -%}
            update {{ table }}
            set
                {{ column }} = overwritten.{{ column }},
                _fingerprint = case
                    when {{ table.identifier }}._fingerprint = overwritten.fingerprint_before then overwritten.fingerprint_after
                    else {{ table.identifier }}._fingerprint
                end
            from (
                select
                    replaced.*,
                    {{ fingerprint(columns, 'replaced') }} as fingerprint_after
                from (
                    select
                        {% for name in columns -%}
                        {{ 'bronze.' ~ column if name == column else 'kept.' ~ name }},
                        {% endfor -%}
                        {{ fingerprint(columns, 'kept') }} as fingerprint_before
                    from {{ table }} as kept
                    inner join {{ rows }} as bronze on {{ joined }}
                    where
                        {{ where }}
                        and kept.{{ column }} <> bronze.{{ column }}
                ) as replaced
            ) as overwritten
            where
                {% for name in key -%}
                {{ 'and ' if not loop.first }}{{ table.identifier }}.{{ name }} = overwritten.{{ name }}
                {% endfor -%}
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
        where
            {{ in_days('forgotten.dt', bronze_days('forgotten')) }}
            and {{ tombstone_key('forgotten') }} not in (
                select {{ tombstone_key('recorded') }} from {{ recorded }} as recorded
            )
    {%- endset -%}
    {%- do run_query(query) -%}
{% endmacro %}
