{#
    The arrival days on which a control table of bronze has files, as a list; none if they cannot be known, so that all days
    have to be read.

    name: the control table.
#}
{% macro bronze_days(name) %}
    {{ return(adapter.dispatch('bronze_days', 'tieout')(name)) }}
{% endmacro %}


{% macro duckdb__bronze_days(name) %}
    {%- set query -%}
        select distinct regexp_extract(file, 'dt=([0-9-]+)/', 1)
        from glob('{{ bronze_root() }}/control/{{ name }}/dt=*/*.csv')
        order by 1
    {%- endset -%}
    {{ return(run_query(query).columns[0].values()) }}
{% endmacro %}


{% macro redshift__bronze_days(name) %}
    {%- set files = files_in_catalog(name) -%}
    {%- if not files -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set days = [] -%}
    {%- for day, count in files | dictsort if count != 0 -%}
        {%- do days.append(day) -%}
    {%- endfor -%}
    {{ return(days) }}
{% endmacro %}


{#
    Arrival days with manifests that the delivery log (`this`) does not have; none if any day may have some.

    manifests: the source of the manifests.
#}
{% macro days_with_new_manifests(manifests) %}
    {%- if not execute -%}
        {{ return([]) }}
    {%- endif -%}
    {{ return(adapter.dispatch('days_with_new_manifests', 'tieout')(manifests)) }}
{% endmacro %}


{% macro duckdb__days_with_new_manifests(manifests) %}
    {%- set query -%}
        select distinct cast(regexp_extract(file, 'dt=([0-9-]+)/', 1) as date)
        from glob('{{ bronze_root() }}/control/deliveries/dt=*/*.csv')
        where
            regexp_extract(file, '[^/]+/[^/]+/dt=[^/]+/[^/]+$') not in (select loaded._source_file from {{ this }} as loaded)
        order by 1
    {%- endset -%}
    {{ return(run_query(query).columns[0].values()) }}
{% endmacro %}


{#
    Spectrum has to open files to know their names, and after some years there are more than a thousand manifests. So the
    catalog has the number of manifests of each day, and only days are read on which the delivery log has another number.
    The full proof reads all days.
#}
{% macro redshift__days_with_new_manifests(manifests) %}
    {%- set files = files_in_catalog('deliveries') -%}
    {%- if not files or var('proof') == 'full' -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set logged = {} -%}
    {%- set query -%}
        select
            cast(arrived_on as varchar(10)),
            count(distinct _source_file)
        from {{ this }}
        group by 1
    {%- endset -%}
    {%- for row in run_query(query).rows -%}
        {%- do logged.update({row[0]: row[1]}) -%}
    {%- endfor -%}
    {%- set days = [] -%}
    {%- for day, count in files | dictsort if count is none or count != logged.get(day, 0) -%}
        {%- do days.append(day) -%}
    {%- endfor -%}
    {{ return(days) }}
{% endmacro %}


{#
    By arrival day, the number of files of a control table that `tieout catalog` has found; none for a day of which the catalog
    does not say it. Empty if dbt's user does not see the partitions. The guide shows values and parameters of a partition as
    texts and not their form, so only what they must contain is read.

    name: the control table.
#}
{% macro files_in_catalog(name) %}
    {%- set node = bronze_entity('control', name) -%}
    {%- set query -%}
        select
            partitions.values,
            partitions.parameters
        from svv_external_partitions as partitions
        where
            partitions.schemaname = {{ text_literal(node.schema) }}
            and partitions.tablename = {{ text_literal(node.identifier) }}
    {%- endset -%}
    {%- set files = {} -%}
    {%- for row in run_query(query).rows -%}
        {%- set day = modules.re.search('[0-9]{4}-[0-9]{2}-[0-9]{2}', row[0]).group() -%}
        {%- set count = modules.re.search('tieout[.]files[^0-9]+([0-9]+)', row[1] or '') -%}
        {%- do files.update({day: count.group(1) | int if count else none}) -%}
    {%- endfor -%}
    {{ return(files) }}
{% endmacro %}
