{#
    Checks of macro arguments. A wrong argument would otherwise render SQL that runs and returns wrong results, such as a
    column called None. Each check renders nothing, or raises a compiler error that names the macro and the argument.
#}
{% macro expect_expression(macro_name, argument, value) -%}
    {%- if value is not string or not value | trim -%}
        {{ exceptions.raise_compiler_error(
            macro_name ~ ": " ~ argument ~ " is an SQL expression, not " ~ (value or "empty")
        ) }}
    {%- endif -%}
{%- endmacro %}


{% macro expect_integer(macro_name, argument, value, least, most) -%}
    {%- if value is not integer or value < least or value > most -%}
        {{ exceptions.raise_compiler_error(
            macro_name ~ ": " ~ argument ~ " is a whole number from " ~ least ~ " to " ~ most ~ ", not " ~ value
        ) }}
    {%- endif -%}
{%- endmacro %}


{% macro expect_rules(macro_name, rules) -%}
    {%- if rules is not mapping or not rules -%}
        {{ exceptions.raise_compiler_error(macro_name ~ ": give a mapping of rule name to SQL condition") }}
    {%- endif -%}
{%- endmacro %}


{#
    Allows only what DuckDB's RE2 and Redshift's POSIX expressions have in common. A backslash before a letter or digit means
    something else on each engine. POSIX has neither (? nor a ? after a quantifier.
#}
{% macro expect_pattern(macro_name, value) -%}
    {%- set lazy = ['*?', '+?', '??', '}?', '*+', '++', '?+', '}+'] -%}
    {%- set fault = namespace(text='') -%}
    {%- set single = (value | string).replace('\\\\', '') -%}
    {%- if value is not string or not value -%}
        {%- set fault.text = 'is a text, not ' ~ (value or 'empty') -%}
    {%- elif modules.re.search('\\\\([A-Za-z0-9]|$)', single) -%}
        {%- set fault.text = 'has a backslash before a letter, a digit or nothing: write [0-9], [ ] and the like' -%}
    {%- elif '(?' in value -%}
        {%- set fault.text = 'has (?, which POSIX does not know' -%}
    {%- elif lazy | select('in', value) | list -%}
        {%- set fault.text = 'has a quantifier behind a quantifier, which POSIX does not know' -%}
    {%- endif -%}
    {%- if fault.text -%}
        {{ exceptions.raise_compiler_error(macro_name ~ ": the pattern " ~ value ~ " " ~ fault.text) }}
    {%- endif -%}
{%- endmacro %}


{# A text as an SQL literal, with quotes and backslashes escaped. #}
{% macro quoted(value) -%}
    {{ adapter.dispatch('quoted', 'tieout')(value) }}
{%- endmacro %}


{% macro duckdb__quoted(value) -%}
    '{{ value | replace("'", "''") }}'
{%- endmacro %}


{# In a Redshift literal a backslash is an escape character, so each one is doubled. #}
{% macro redshift__quoted(value) -%}
    '{{ value | replace('\\', '\\\\') | replace("'", "''") }}'
{%- endmacro %}
