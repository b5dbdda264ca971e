{# A text with every match of a POSIX regular expression replaced; see matches_pattern. #}
{% macro replace_pattern(text, pattern, replacement) -%}
    {{- expect_expression('replace_pattern', 'text', text) -}}
    {{- expect_pattern('replace_pattern', pattern) -}}
    {#- The engines refer to the match with different characters. -#}
    {%- if replacement is not string or '\\' in replacement or '$' in replacement -%}
        {{ exceptions.raise_compiler_error(
            "replace_pattern: the replacement is a text without backslash and dollar, not " ~ replacement
        ) }}
    {%- endif -%}
    {{ adapter.dispatch('replace_pattern', 'tieout')(text, pattern, replacement) }}
{%- endmacro %}


{# 'g': every match, not the first only. 's': a point matches a line break, as it does in POSIX. #}
{% macro duckdb__replace_pattern(text, pattern, replacement) -%}
    regexp_replace({{ text }}, {{ quoted(pattern) }}, {{ quoted(replacement) }}, 'gs')
{%- endmacro %}


{% macro redshift__replace_pattern(text, pattern, replacement) -%}
    regexp_replace({{ text }}, {{ quoted(pattern) }}, {{ quoted(replacement) }})
{%- endmacro %}
