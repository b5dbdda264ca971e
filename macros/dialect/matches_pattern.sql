{#
    True where a text matches a POSIX regular expression. The engines differ in some expressions, which expect_pattern
    refuses. If several branches of a|ab match, DuckDB takes the first one and Redshift may take the longest one.
#}
{% macro matches_pattern(text, pattern) -%}
    {{- expect_expression('matches_pattern', 'text', text) -}}
    {{- expect_pattern('matches_pattern', pattern) -}}
    {{ adapter.dispatch('matches_pattern', 'tieout')(text, pattern) }}
{%- endmacro %}


{# 's' lets a point match a line break, as it does in POSIX. #}
{% macro duckdb__matches_pattern(text, pattern) -%}
    regexp_matches({{ text }}, {{ quoted(pattern) }}, 's')
{%- endmacro %}


{% macro redshift__matches_pattern(text, pattern) -%}
    {{ text }} ~ {{ quoted(pattern) }}
{%- endmacro %}
