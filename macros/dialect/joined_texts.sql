{# Concatenated texts without the nulls. `||` with a null is null, and Redshift's `concat` takes only two texts. #}
{% macro joined_texts(texts) -%}
    {%- if texts is string or not texts -%}
        {{ exceptions.raise_compiler_error("joined_texts: texts is a list of SQL expressions") }}
    {%- endif -%}
    {{ adapter.dispatch('joined_texts', 'tieout')(texts) }}
{%- endmacro %}


{# One call is faster than a chain of ||. #}
{% macro duckdb__joined_texts(texts) -%}
    concat({{ texts | join(', ') }})
{%- endmacro %}


{% macro redshift__joined_texts(texts) -%}
    coalesce({{ texts | join(", '') || coalesce(") }}, '')
{%- endmacro %}
