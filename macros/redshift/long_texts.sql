{#
    `text`, and `varchar` without a length, have 256 bytes on Redshift, and a cast cuts what is longer. dbt writes such
    casts into surrogate keys and into the keys of snapshots, where two long keys with the same beginning would become one.
    A longer type changes no key, because texts are not padded.
#}
{% macro redshift__type_string() %}
    {{- return('varchar(65535)') -}}
{% endmacro %}


{% macro redshift__snapshot_hash_arguments(args) -%}
    md5(
        {%- for arg in args -%}
        coalesce(cast({{ arg }} as varchar(65535)), '')
        {%- if not loop.last %} || '|' || {% endif %}
        {%- endfor -%}
    )
{%- endmacro %}
