{# The path of a bronze row's file below the bronze root: domain/entity/dt=day/name. #}
{% macro source_file(relation_alias) -%}
    {{- expect_expression('source_file', 'relation_alias', relation_alias) -}}
    {{ adapter.dispatch('source_file', 'tieout')(relation_alias) }}
{%- endmacro %}


{% macro duckdb__source_file(relation_alias) -%}
    regexp_extract({{ relation_alias }}.filename, '[^/]+/[^/]+/dt=[^/]+/[^/]+$')
{%- endmacro %}


{# Spectrum's pseudo-column has the full address: s3://bucket/prefix/domain/entity/dt=day/name. #}
{% macro redshift__source_file(relation_alias) -%}
    regexp_substr({{ relation_alias }}."$path", '[^/]+/[^/]+/dt=[^/]+/[^/]+$')
{%- endmacro %}
