{#
    SHA-256 of a delivered row's business columns, from the raw text: each value with its length before it, so that no two
    rows run together to the same text.
#}
{% macro row_hash(domain, entity) -%}
    {%- set parts = ["''"] -%}
    {%- for column in contract_columns(domain, entity, delivered_only=true) -%}
        {%- set raw = 'raw_' ~ column -%}
        {%- do parts.append("coalesce(cast(length(" ~ raw ~ ") as varchar(10)) || ':' || " ~ raw ~ ", '-')") -%}
    {%- endfor -%}
    {{ sha256(parts | join(' || ')) }}
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
