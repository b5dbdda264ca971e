{#
    dbt empties a seed before it loads it again. On Redshift truncate commits, so an interrupted run could leave an empty
    seed, and rows checked against it would be rejected. A delete is rolled back with its transaction.
#}
{% macro redshift__truncate_relation(relation) -%}
    {%- call statement('truncate_relation') -%}
        delete from {{ relation }}
    {%- endcall -%}
{%- endmacro %}
