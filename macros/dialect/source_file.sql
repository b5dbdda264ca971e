{# The path below the bronze root of the file a bronze row stands in: domain/entity/dt=day/name. #}
{% macro source_file(relation_alias) -%}
    {{- expect_expression('source_file', 'relation_alias', relation_alias) -}}
    {{ adapter.dispatch('source_file', 'tieout')(relation_alias) }}
{%- endmacro %}


{% macro duckdb__source_file(relation_alias) -%}
    regexp_extract({{ relation_alias }}.filename, '[^/]+/[^/]+/dt=[^/]+/[^/]+$')
{%- endmacro %}


{# Spectrum's pseudo-column holds s3://bucket/prefix/domain/entity/dt=day/name. #}
{% macro redshift__source_file(relation_alias) -%}
    regexp_substr({{ relation_alias }}."$path", '[^/]+/[^/]+/dt=[^/]+/[^/]+$')
{%- endmacro %}
