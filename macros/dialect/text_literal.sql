{#
    A literal with a type. Redshift gives a literal that leaves a subquery no type at all, and then finds no way to union,
    join or compare it with a column.
#}
{% macro text_literal(value) -%}
    cast('{{ value | replace("'", "''") }}' as varchar(256))
{%- endmacro %}
