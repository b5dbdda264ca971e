{#
    The rows of a CTE with raw_<column> texts, with each column of the contract as a typed value. A text that cannot be parsed
    becomes null, which breaks a rule of standard_rules.

    rows: name of a CTE made by delivered_rows.
#}
{% macro typed_rows(rows, domain, entity) -%}
    {{- expect_expression('typed_rows', 'rows', rows) -}}
    select
        {% for column in delivered_columns(domain, entity) -%}
        {{ typed_value(column, domain) }} as {{ column.name }},
        {% endfor -%}
        {{ rows }}.*
    from {{ rows }}
{%- endmacro %}


{#
    The value of one column of the contract, from its raw text. The cast fixes the type of the case expression.

    A version is valid from its update time on. So an update time that is only a date is the beginning of its day in the time
    zone of the domain. Of other times, `has_time` says whether they are only a date (base_derived).
#}
{% macro typed_value(column, domain) -%}
    {%- set raw = 'raw_' ~ column.name -%}
    {%- if 'when_empty' in column -%}
        {%- set raw = 'coalesce(' ~ raw ~ ', raw_' ~ column.when_empty ~ ')' -%}
    {%- endif -%}
    {%- set type = column.get('type', '') -%}
    {%- if type.startswith('text(') -%}
        {%- set bytes = type[5:-1] | int -%}
        cast({{ try_to_text(raw, bytes) }} as varchar({{ bytes }}))
    {%- elif type.startswith('decimal(') -%}
        {%- set precision, scale = type[8:-1].split(',') -%}
        cast({{ try_to_decimal(raw, precision | int, scale | int) }} as {{ type }})
    {%- elif type == 'amount' -%}
        cast({{ try_to_amount(raw) }} as decimal(18, 2))
    {%- elif type == 'integer' -%}
        {{ try_to_integer(raw) }}
    {%- elif type == 'boolean' -%}
        {{ try_to_boolean(raw) }}
    {%- elif type == 'date' -%}
        {{ try_to_date(raw) }}
    {%- elif type == 'utc_time' -%}
        {{ try_to_utc(raw) }}
    {%- elif type == 'update_time' -%}
        {{ business_moment(try_to_utc(raw), domain, 'length(' ~ raw ~ ') > 10') }}
    {%- elif type == 'record_status' -%}
        {{ try_to_record_status(raw) }}
    {%- else -%}
        {{ exceptions.raise_compiler_error(
            "Column " ~ column.name ~ " of the bronze contract has the type '" ~ type ~ "'. Types are text(bytes), amount, "
            ~ "decimal(p, s), integer, boolean, date, utc_time, update_time and record_status."
        ) }}
    {%- endif -%}
{%- endmacro %}
