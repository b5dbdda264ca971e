{#
    The schema of a layer, `dev_gold` for one: the target's `schema` in profiles.yml, an underscore, the layer. Every macro
    that names a schema calls this one. YAML files cannot call macros: sources write {{ target.schema }}_bronze.
#}
{% macro layer_schema(layer) %}
    {%- if not modules.re.fullmatch('[a-z][a-z0-9_]*', target.schema) -%}
        {{ exceptions.raise_compiler_error(
            "The target " ~ target.name ~ " has the schema prefix '" ~ target.schema ~ "'. Use lower-case letters, digits and "
            ~ "underscores only. On the target redshift_dev the prefix is dev_ and the value of TIEOUT_DEVELOPER."
        ) }}
    {%- endif -%}
    {{ return(target.schema ~ '_' ~ layer) }}
{% endmacro %}
