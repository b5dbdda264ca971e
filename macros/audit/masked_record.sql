{# A raw record (JSON, see raw_record) with the values that the contract tags as PII replaced by asterisks. #}
{% macro masked_record(raw_record, domain, entity) -%}
    {%- set masked = namespace(sql=raw_record) -%}
    {%- for column in pii_columns(domain, entity) -%}
        {%- set pattern = '"' ~ column ~ '":"([^"\\\\]|\\\\.)*"' -%}
        {%- set masked.sql = replace_pattern(masked.sql, pattern, '"' ~ column ~ '":"***"') -%}
    {%- endfor -%}
    {{ masked.sql }}
{%- endmacro %}
