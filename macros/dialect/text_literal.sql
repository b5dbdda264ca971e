{#
    A literal with a type. In a subquery of Redshift a plain literal has no type, so it cannot be joined, compared or unioned
    with a column.
#}
{% macro text_literal(value) -%}
    {#- On Redshift the cast would truncate a longer text. -#}
    {%- if value is not string or value.encode('utf-8') | length > 256 -%}
        {{ exceptions.raise_compiler_error("text_literal: give a text of at most 256 bytes, not " ~ value) }}
    {%- endif -%}
    cast({{ quoted(value) }} as varchar(256))
{%- endmacro %}
