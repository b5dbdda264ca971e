{#
    From text to value; null where the text is not exactly such a value. A pattern decides what is accepted, so that both
    engines accept the same texts: by itself, DuckDB accepts '1e3' and ' 7', and Redshift accepts 'Feb 3 2025'.
    The text must be trimmed, and null where blank: Redshift's try_cast fails on blanks.
#}

{# A text that fits into a varchar of so many bytes. On Redshift a longer value would fail the whole load. #}
{% macro try_to_text(text, bytes) -%}
    {{- expect_expression('try_to_text', 'text', text) -}}
    {{- expect_integer('try_to_text', 'bytes', bytes, 1, 65535) -}}
    case when {{ byte_length(text) }} <= {{ bytes }} then {{ text }} end
{%- endmacro %}


{% macro try_to_amount(text) -%}
    {{- expect_expression('try_to_amount', 'text', text) -}}
    {{ try_to_decimal(text, 18, 2) }}
{%- endmacro %}


{# A decimal that needs no rounding: digits after the scale must be zeros. #}
{% macro try_to_decimal(text, precision, scale) -%}
    {{- expect_expression('try_to_decimal', 'text', text) -}}
    {{- expect_integer('try_to_decimal', 'precision', precision, 2, 38) -}}
    {{- expect_integer('try_to_decimal', 'scale', scale, 1, precision - 1) -}}
    {%- set pattern = '^[+-]?[0-9]{1,' ~ (precision - scale) ~ '}([.][0-9]{1,' ~ scale ~ '}0*)?$' -%}
    {%- if precision <= 19 -%}
    case
        when {{ matches_pattern(text, pattern) }}
            then try_cast({{ text }} as decimal({{ precision }}, {{ scale }}))
    end
    {%- else -%}
    {#- A `case` of more digits is not certain on Redshift (wide_decimals.sql), so it is one of texts. -#}
    try_cast(
        case when {{ matches_pattern(text, pattern) }} then {{ text }} end as decimal({{ precision }}, {{ scale }})
    )
    {%- endif -%}
{%- endmacro %}


{#
    A whole number, also with a fraction of zeros: data frames write 700.0 where the column has missing values. The second
    pattern is only tried where the first one fails.
#}
{% macro try_to_integer(text) -%}
    {{- expect_expression('try_to_integer', 'text', text) -}}
    case
        when {{ matches_pattern(text, '^[+-]?[0-9]{1,9}$') }}
            then try_cast({{ text }} as integer)
        when {{ matches_pattern(text, '^[+-]?[0-9]{1,9}[.]0+$') }}
            then try_cast(split_part({{ text }}, '.', 1) as integer)
    end
{%- endmacro %}


{#
    true or false as JSON, Python and Excel (true, True, TRUE), PostgreSQL (t), SQL Server (1) and data frames with missing
    values (1.0) write them. Redshift's try_cast does not support booleans.
#}
{% macro try_to_boolean(text) -%}
    {{- expect_expression('try_to_boolean', 'text', text) -}}
    case
        when {{ text }} in ('true', 'True', 'TRUE', 't', '1', '1.0') then true
        when {{ text }} in ('false', 'False', 'FALSE', 'f', '0', '0.0') then false
    end
{%- endmacro %}


{# YYYY-MM-DD. The year 0000 does not exist, but DuckDB accepts it. #}
{% macro day_pattern() -%}
    (000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})-[0-9]{2}-[0-9]{2}
{%- endmacro %}


{#
    A day, also with a time of midnight, as SQL Server and data frames write it. An offset is refused: midnight elsewhere can
    be another day. Nearly all days are written without a time, so the longer pattern is only tried where the short one fails.
#}
{% macro try_to_date(text) -%}
    {{- expect_expression('try_to_date', 'text', text) -}}
    case
        when {{ matches_pattern(text, '^' ~ day_pattern() ~ '$') }}
            then try_cast({{ text }} as date)
        when {{ matches_pattern(text, '^' ~ day_pattern() ~ '[ T]00:00(:00([.]0{1,9})?)?$') }}
            then try_cast(substring({{ text }}, 1, 10) as date)
    end
{%- endmacro %}


{#
    ISO 8601, and the forms of PostgreSQL, SQL Server, BigQuery and Spark: a day, or a day and a time of day to the minute or
    finer, with 'Z', 'UTC', an offset, or neither (UTC). Digits after the microseconds are cut off.
    The result is a timestamp without time zone, in UTC.
#}
{% macro try_to_utc(text) -%}
    {{- expect_expression('try_to_utc', 'text', text) -}}
    {{ adapter.dispatch('try_to_utc', 'tieout')(text) }}
{%- endmacro %}


{#
    True where a text has the form that try_to_utc accepts. An offset on 0001-01-01 or 9999-12-31 is refused: the result could
    be outside of the years 1 to 9999, which Python and most other readers do not support.
#}
{% macro is_time_text(text) -%}
    {%- set time_of_day = '([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?' -%}
    {%- set offset = '([ ]?(Z|UTC|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?))' -%}
    {{ matches_pattern(text, '^' ~ day_pattern() ~ '([ T]' ~ time_of_day ~ offset ~ '?)?$') }}
            and not (
                substring({{ text }}, 1, 10) in ('0001-01-01', '9999-12-31')
                and {{ matches_pattern(text, ':[0-9.]+[ ]?[+-][0-9:]+$') }}
            )
{%- endmacro %}


{#
    A text with a time of day, of the form of is_time_text, in one form that both engines read: YYYY-MM-DD HH:MM:SS, at most
    six digits of a second, and an offset with a colon. After the tenth character, a minus is always the sign of an offset.
#}
{% macro plain_time_text(text) -%}
    {%- set behind_the_day = "substring(" ~ text ~ ", 12)" -%}
    {%- set without_sign = "replace(" ~ behind_the_day ~ ", '-', '+')" -%}
    {%- set time_of_day = "rtrim(split_part(" ~ without_sign ~ ", '+', 1), ' UTCZ')" -%}
    {%- set offset = "replace(split_part(" ~ without_sign ~ ", '+', 2), ':', '') || '0000'" -%}
    substring({{ text }}, 1, 10) || ' '
                    || substring({{ time_of_day }} || case when length({{ time_of_day }}) = 5 then ':00' else '' end, 1, 15)
                    || case when position('-' in {{ behind_the_day }}) > 0 then '-' else '+' end
                    || substring({{ offset }}, 1, 2) || ':' || substring({{ offset }}, 3, 2)
{%- endmacro %}


{#
    The first branch is for speed. A text that is exactly what DuckDB writes for a time of the years 1 to 9999 has the form of
    is_time_text and no offset, and nearly all times are delivered so. Patterns and time zones take several times as long.

    The profile sets the session's time zone to UTC, so a text without offset is UTC. DuckDB does not read an offset after a
    time without seconds, or after a blank.
#}
{% macro duckdb__try_to_utc(text) -%}
    {%- set plain = 'try_cast(' ~ text ~ ' as timestamp)' -%}
    case
        when
            {{ text }} = cast({{ plain }} as varchar)
            and {{ plain }} >= cast('0001-01-01' as timestamp)
            and {{ plain }} < cast('10000-01-01' as timestamp)
            then {{ plain }}
        when
            {{ is_time_text(text) }}
            then cast(
                try_cast(
                    case
                        when substring({{ text }}, 17, 1) in (':', '') and position(' ' in substring({{ text }}, 12)) = 0
                            then {{ text }}
                        else {{ plain_time_text(text) }}
                    end as timestamptz
                ) as timestamp
            )
    end
{%- endmacro %}


{#
    Does not depend on the session's time zone, which a Redshift profile cannot set. The first branch is the usual form: a time
    without offset, which needs no other text.
#}
{% macro redshift__try_to_utc(text) -%}
    case
        when {{ matches_pattern(text, '^' ~ day_pattern() ~ '([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?)?$') }}
            then try_cast({{ text }} as timestamp)
        when
            {{ is_time_text(text) }}
            then cast(try_cast({{ plain_time_text(text) }} as timestamptz) at time zone 'UTC' as timestamp)
    end
{%- endmacro %}
