{# Texts one after the other, nulls left out. `||` makes null of a null; `concat` takes two texts only on Redshift. #}
{% macro joined_texts(texts) -%}
    {%- if texts is string or not texts -%}
        {{ exceptions.raise_compiler_error("joined_texts: texts is a list of SQL expressions") }}
    {%- endif -%}
    {{ adapter.dispatch('joined_texts', 'tieout')(texts) }}
{%- endmacro %}


{# One call, which is faster than a chain of ||. #}
{% macro duckdb__joined_texts(texts) -%}
    concat({{ texts | join(', ') }})
{%- endmacro %}


{% macro redshift__joined_texts(texts) -%}
    coalesce({{ texts | join(", '') || coalesce(") }}, '')
{%- endmacro %}
