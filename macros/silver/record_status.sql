{#
    The condition that a row withdraws its key: the source has deleted the record. Of several rows of a key the latest one
    decides, so a later row without this status brings the key back.

    rows: the alias of the rows; none where the names are unique.
#}
{% macro is_withdrawn(rows=none) -%}
    coalesce({{ rows ~ '.' if rows }}record_status, 'active') = 'deleted'
{%- endmacro %}


{# The condition that a row does not withdraw its key. #}
{% macro is_active(rows=none) -%}
    coalesce({{ rows ~ '.' if rows }}record_status, 'active') <> 'deleted'
{%- endmacro %}


{#
    The condition that a row of staging counts in facts: it is neither withdrawn nor replaced.

    rows: the alias of the rows, with record_status and is_replaced; none where the names are unique.
#}
{% macro is_counted(rows=none) -%}
    {{ is_active(rows) }} and not coalesce({{ rows ~ '.' if rows }}is_replaced, false)
{%- endmacro %}


{# Whether the contract of an entity has a record status. #}
{% macro has_record_status(domain, entity) %}
    {{ return('record_status' in contract_columns(domain, entity)) }}
{% endmacro %}


{#
    The condition that a text is a record status. Small letters, capitals and a capital first letter are accepted. The forms
    are listed, because the engines change the case of letters beyond ASCII in different ways.

    status: active, deleted or reinstated.
#}
{% macro says_record_status(text, status) -%}
    {{ text }} in ('{{ status }}', '{{ status | capitalize }}', '{{ status | upper }}')
{%- endmacro %}


{# A text as a record status; null where it is none. #}
{% macro try_to_record_status(text) -%}
    {{- expect_expression('try_to_record_status', 'text', text) -}}
    cast(
        case
            {%- for status in ['active', 'deleted', 'reinstated'] %}
            when {{ says_record_status(text, status) }} then '{{ status }}'
            {%- endfor %}
        end as varchar(16)
    )
{%- endmacro %}
