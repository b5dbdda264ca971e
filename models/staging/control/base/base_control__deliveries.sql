-- The delivery log: every line of the manifests, once, with the time at which the warehouse loaded it. A full refresh
-- does not rebuild it: the load times cannot be computed again, and all incremental models depend on them.
{{ config(full_refresh=false, tags=['persistent'], dist='all', post_hook="{{ show_first_files() }}") }}

with

-- Spectrum's "$path" is not part of `select *`, so the file is named where the rows are read.
new_deliveries as (
    select
        deliveries.*,
        {{ source_file('deliveries') }} as manifest_file
    from {{ source('control', 'deliveries') }} as deliveries
    {% if is_incremental() -%}
    where
        {{ in_days('deliveries.dt', days_with_new_manifests(source('control', 'deliveries'))) }}
        and {{ source_file('deliveries') }} not in (select loaded._source_file from {{ this }} as loaded)
    {%- endif %}
),

final as (
    select
        {{ dbt_utils.generate_surrogate_key(['dt', 'delivered_file', 'delivered_sha256', 'delivery_status']) }}
            as delivery_sk,
        batch_id,

        domain,
        entity,
        delivered_file,
        nullif(bronze_file, '') as bronze_file,
        dt as arrived_on,
        delivery_status,
        nullif(refusal_reason, '') as refusal_reason,
        delivered_sha256,
        nullif(bronze_sha256, '') as bronze_sha256,
        nullif(missing_columns, '') as missing_columns,
        nullif(stated_by, '') as stated_by,
        nullif(stated, '') as stated,
        nullif(derived_from, '') as derived_from,

        cast(delivered_bytes as bigint) as delivered_bytes,
        cast(delivered_rows as bigint) as delivered_rows,
        cast(landed_rows as bigint) as landed_rows,
        cast(malformed_rows as bigint) as malformed_rows,
        cast(changed_values as bigint) as changed_values,
        cast(nullif(landing_number, '') as integer) as landing_number,

        manifest_file as _source_file,
        {{ load_time(this, '_loaded_at') }} as _loaded_at
    from new_deliveries
)

{{ fingerprinted('final') }}
