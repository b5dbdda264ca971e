{#
    A text without surrounding spaces and tabs; null where nothing else is in it. Landing ignores both around amounts, so
    silver does the same.
#}
{% macro trimmed_or_null(text) -%}
    {{- expect_expression('trimmed_or_null', 'text', text) -}}
    {{ adapter.dispatch('trimmed_or_null', 'tieout')(text) }}
{%- endmacro %}


{#
    Trimming is slow, and nearly no text needs it: one that sorts behind '!' does not begin with a blank, and one with a last
    character behind the space does not end in one. All other texts are trimmed, whether they need it or not.
#}
{% macro duckdb__trimmed_or_null(text) -%}
    case
            when {{ text }} > '!' and substring({{ text }}, -1, 1) > ' ' then {{ text }}
            else nullif(trim({{ text }}, ' ' || chr(9)), '')
        end
{%- endmacro %}


{% macro redshift__trimmed_or_null(text) -%}
    nullif(btrim({{ text }}, ' ' || chr(9)), '')
{%- endmacro %}
