{#
    Text to value, null where the text is not exactly such a value. The pattern decides what is accepted, so that both
    engines accept the same texts: left to themselves DuckDB takes '1e3' and ' 7', Redshift takes 'Feb 3 2025'.
    The text must be trimmed and null where blank: Redshift's try_cast fails on blanks.
#}

{# A text that fits a varchar of so many bytes: Redshift measures bytes, and a longer value would fail the whole load. #}
{% macro try_to_text(text, bytes) -%}
    case when {{ byte_length(text) }} <= {{ bytes }} then {{ text }} end
{%- endmacro %}


{% macro try_to_amount(text) -%}
    {{ try_to_decimal(text, 18, 2) }}
{%- endmacro %}


{# A decimal that fits without rounding: digits beyond the scale are accepted only as zeros. #}
{% macro try_to_decimal(text, precision, scale) -%}
    {%- if scale < 1 or precision <= scale -%}
        {{ exceptions.raise_compiler_error(
            "try_to_decimal: decimal(" ~ precision ~ "," ~ scale ~ ") needs 0 < scale < precision"
        ) }}
    {%- endif -%}
    {%- set pattern = '^[+-]?[0-9]{1,' ~ (precision - scale) ~ '}([.][0-9]{1,' ~ scale ~ '}0*)?$' -%}
    case
        when {{ matches_pattern(text, pattern) }}
            then try_cast({{ text }} as decimal({{ precision }}, {{ scale }}))
    end
{%- endmacro %}


{% macro try_to_integer(text) -%}
    case
        when {{ matches_pattern(text, '^[+-]?[0-9]{1,9}$') }}
            then try_cast({{ text }} as integer)
    end
{%- endmacro %}


{# YYYY-MM-DD. #}
{% macro try_to_date(text) -%}
    case
        when {{ matches_pattern(text, '^[0-9]{4}-[0-9]{2}-[0-9]{2}$') }}
            then try_cast({{ text }} as date)
    end
{%- endmacro %}


{#
    ISO 8601: a day, or a day and a time of day to the minute or finer, with 'Z', an offset, or neither (UTC).
    The result is a timestamp without time zone, in UTC.
#}
{% macro try_to_utc(text) -%}
    {%- set day = '[0-9]{4}-[0-9]{2}-[0-9]{2}' -%}
    {%- set time_of_day = '([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?' -%}
    {%- set offset = '(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])' -%}
    case
        when {{ matches_pattern(text, '^' ~ day ~ '([ T]' ~ time_of_day ~ offset ~ '?)?$') }}
            then {{ adapter.dispatch('try_to_utc', 'tieout')(text) }}
    end
{%- endmacro %}


{# Profiles set the session's time zone to UTC, so a text without offset is read as UTC. #}
{% macro duckdb__try_to_utc(text) -%}
    cast(try_cast({{ text }} as timestamptz) as timestamp)
{%- endmacro %}


{% macro redshift__try_to_utc(text) -%}
    cast(convert_timezone('UTC', try_cast({{ text }} as timestamptz)) as timestamp)
{%- endmacro %}
