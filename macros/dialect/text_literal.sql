{#
    A literal with a type. Redshift gives a literal that leaves a subquery no type at all, and then finds no way to union,
    join or compare it with a column.
#}
{% macro text_literal(value) -%}
    {#- The cast would cut a longer text on Redshift. -#}
    {%- if value is not string or value.encode('utf-8') | length > 256 -%}
        {{ exceptions.raise_compiler_error("text_literal: give a text of at most 256 bytes, not " ~ value) }}
    {%- endif -%}
    cast({{ quoted(value) }} as varchar(256))
{%- endmacro %}
