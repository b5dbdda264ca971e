{#
    SHA-256 of the content of a delivered row: the name and value of each column that has a value. So a new column that is
    still empty changes no hash. The update time is left out: a row that differs only in it has no new content. Of the record
    status only `deleted` is content: `active`, `reinstated` and no status say the same. Landing removes control characters
    except tabs, so chr(31) is a safe separator.

    Name and value are joined with all others in one call, which is faster than joining the two of each column first.
#}
{% macro row_hash(domain, entity) -%}
    {%- set parts = [] -%}
    {%- for column in delivered_columns(domain, entity) if column.type != 'update_time' -%}
        {%- set raw = 'raw_' ~ column.name -%}
        {%- if column.type == 'record_status' -%}
            {%- do parts.append("case when lower(" ~ raw ~ ") = 'deleted' then chr(31) || '" ~ column.name ~ "=deleted' end") -%}
        {%- else -%}
            {%- do parts.append("case when " ~ raw ~ " is not null then chr(31) || '" ~ column.name ~ "=' end") -%}
            {%- do parts.append(raw) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ sha256(joined_texts(parts or ["''"])) }}
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
