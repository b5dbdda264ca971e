{#
    Arrival days with manifests that the delivery log (`this`) does not have. DuckDB only lists the files. Spectrum has to
    read them to know their names, but manifests are small.
#}
{% macro days_with_new_manifests(manifests) %}
    {%- if not execute -%}
        {{ return([]) }}
    {%- endif -%}
    {{ return(run_query(adapter.dispatch('new_manifest_days_query', 'tieout')(manifests)).columns[0].values()) }}
{% endmacro %}


{% macro duckdb__new_manifest_days_query(manifests) %}
    select distinct cast(regexp_extract(file, 'dt=([0-9-]+)/', 1) as date)
    from glob('{{ bronze_root() }}/control/deliveries/dt=*/*.csv')
    where
        regexp_extract(file, '[^/]+/[^/]+/dt=[^/]+/[^/]+$') not in (select loaded._source_file from {{ this }} as loaded)
    order by 1
{% endmacro %}


{% macro redshift__new_manifest_days_query(manifests) %}
    select distinct dt
    from {{ manifests }} as deliveries
    where {{ source_file('deliveries') }} not in (select loaded._source_file from {{ this }} as loaded)
    order by 1
{% endmacro %}
