{#
    At the start of a run: refuses --empty, under which models read no rows, on a warehouse that is in use. It would close the
    versions in the snapshots, empty gold, and record wrong totals of closed months. A new schema, such as that of a pull
    request, has nothing to lose.
#}
{% macro expect_whole_run() %}
    {%- if execute and flags.EMPTY and adapter.get_relation(target.database, layer_schema('silver'), 'base_control__deliveries') -%}
        {{ exceptions.raise_compiler_error(
            "This warehouse is in use, and --empty would close the versions in its snapshots and empty its tables. Leave out "
            ~ "--empty, or use a target with a schema or database of its own."
        ) }}
    {%- endif -%}
{% endmacro %}
