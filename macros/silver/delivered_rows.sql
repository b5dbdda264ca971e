{#
    The rows of a bronze entity that this base model has not loaded yet, and all rows on a full refresh: each column of the
    contract as raw_<column>, trimmed and null where blank, and the lineage columns.

    Only files in the delivery log are read. The arrival days with new files are looked up before the query is built and are
    literals in it, so only these partitions are read.
#}
{% macro delivered_rows(domain, entity) %}
    {%- set deliveries = ref('base_control__deliveries') -%}
    {%- set days = days_to_load(deliveries, "domain = '" ~ domain ~ "' and entity = '" ~ entity ~ "'") if is_incremental() else none -%}
    select
        {% for column in contract_columns(domain, entity, delivered_only=true) -%}
        {{ trimmed_or_null('bronze.' ~ column) }} as raw_{{ column }},
        {% endfor -%}
        deliveries.bronze_file as _source_file,
        cast(bronze.source_line as integer) as _source_line,
        deliveries.arrived_on as _arrived_on,
        deliveries._loaded_at
    from {{ source(domain, entity) }} as bronze
    inner join {{ deliveries }} as deliveries
        on {{ source_file('bronze') }} = deliveries.bronze_file
    where
        deliveries.delivery_status = 'landed'
    {%- if days is not none %}
        and {{ in_days('bronze.dt', days) }}
        and deliveries._loaded_at > {{ latest(this, '_loaded_at') }}
        and deliveries.bronze_file not in (
            select loaded._source_file from {{ this }} as loaded where {{ in_days('loaded._arrived_on', days) }}
        )
    {%- endif %}
{% endmacro %}


{#
    The rows of a control table that this base model has not loaded yet, and all rows on a full refresh, with the arrival
    day and the load time of their file. Days are looked up as for the rows of an entity.

    name: the control table.
    files: the condition on a file in the delivery log that it may have rows.
#}
{% macro new_control_rows(name, files='true') %}
    {%- set deliveries = ref('base_control__deliveries') -%}
    {%- set days = days_to_load(deliveries, files) if is_incremental() else none -%}
    select
        control.*,
        deliveries.arrived_on as _arrived_on,
        deliveries._loaded_at
    from {{ source('control', name) }} as control
    -- A batch without a manifest has not landed completely yet.
    inner join {{ deliveries }} as deliveries
        on
            control.bronze_file = deliveries.bronze_file
            and control.batch_id = deliveries.batch_id
    where
        deliveries.delivery_status = 'landed'
    {%- if days is not none %}
        and {{ in_days('control.dt', days) }}
        and deliveries._loaded_at > {{ latest(this, '_loaded_at') }}
        and deliveries.bronze_file not in (
            select loaded._source_file from {{ this }} as loaded where {{ in_days('loaded._arrived_on', days) }}
        )
    {%- endif %}
{% endmacro %}


{#
    Arrival days with files that were logged after this model's last load.

    files: a condition on the files in the delivery log.
#}
{% macro days_to_load(deliveries, files) %}
    {%- if not execute -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set query -%}
        select distinct arrived_on
        from {{ deliveries }}
        where
            {{ files }}
            and delivery_status = 'landed'
            and _loaded_at > {{ latest(this, '_loaded_at') }}
        order by 1
    {%- endset -%}
    {{ return(run_query(query).columns[0].values()) }}
{% endmacro %}
