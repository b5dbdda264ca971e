{#
    SHA-256 of the content of a delivered row as it is written: the name and text of each column that has a value. So a new
    column that is still empty changes no hash. The update time is left out: a row that differs only in it has no new
    content. Of the record status only `deleted` is content: `active`, `reinstated` and no status say the same. Landing
    removes control characters except tabs, so chr(31) is a safe separator.

    Name and value are joined with all others in one call, which is faster than joining the two of each column first.
#}
{% macro row_hash(domain, entity) -%}
    {%- set parts = [] -%}
    {%- for column in delivered_columns(domain, entity) if column.type != 'update_time' -%}
        {%- set raw = 'raw_' ~ column.name -%}
        {%- if column.type == 'record_status' -%}
            {%- do parts.append("case when " ~ says_record_status(raw, 'deleted') ~ " then chr(31) || '" ~ column.name ~ "=deleted' end") -%}
        {%- else -%}
            {%- do parts.append("case when " ~ raw ~ " is not null then chr(31) || '" ~ column.name ~ "=' end") -%}
            {%- do parts.append(raw) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ sha256(joined_texts(parts or ["''"])) }}
{%- endmacro %}


{#
    A number made of the content of an accepted row: its values, without the update time. Two rows with equal values have the
    same one, however the values are written (10.5 and 10.50), and whether a row repeats another is decided by it. Each engine
    has its own numbers, so they are compared within a query and not stored.

    relation: the alias of the relation; none where the names are unique.
#}
{% macro content_number(domain, entity, relation=none) -%}
    {%- set values = [] -%}
    {%- for column in delivered_columns(domain, entity) if column.type != 'update_time' -%}
        {%- set value = (relation ~ '.' if relation else '') ~ column.name -%}
        {#- Of the record status only the deletion is content. -#}
        {%- do values.append("case when " ~ value ~ " = 'deleted' then 1 end" if column.type == 'record_status' else value) -%}
    {%- endfor -%}
    {{ adapter.dispatch('content_number', 'tieout')(values or ['unknown_while_parsing']) }}
{%- endmacro %}


{% macro default__content_number(values) -%}
    {{ fingerprint(values) }}
{%- endmacro %}


{# One call for all values is short and fast. It goes by the order of the columns, which is the same within a query. #}
{% macro duckdb__content_number(values) -%}
    hash({{ values | join(', ') }})
{%- endmacro %}


{# A delivered row as a JSON object of its raw texts, in the order of the contract. #}
{% macro raw_record(domain, entity) -%}
    {%- set parts = [] -%}
    {%- for column in contract_columns(domain, entity, delivered_only=true) -%}
        {%- do parts.append("'\"" ~ column ~ "\":' || " ~ json_string('raw_' ~ column)) -%}
    {%- endfor -%}
    '{' || {{ parts | join(" || ',' || ") or "''" }} || '}'
{%- endmacro %}


{# A text as a JSON string, null as null. Landing has removed control characters, tabs excepted. #}
{% macro json_string(text) -%}
    coalesce(
        '"' || replace(replace(replace({{ text }}, chr(92), chr(92) || chr(92)), '"', chr(92) || '"'), chr(9), chr(92) || 't') || '"',
        'null'
    )
{%- endmacro %}
