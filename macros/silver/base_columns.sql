{#
    The select list of a base model: the columns of the contract, those derived from raw texts, the lineage, and the names of
    the broken rules. The raw record is kept for rejected rows only.
#}
{% macro base_columns(domain, entity) -%}
    {%- for column in contract_columns(domain, entity, delivered_only=true) -%}
    {{ column }},
    {% endfor -%}
    {%- for column, expression in base_derived(domain, entity).items() -%}
    {{ expression }} as {{ column }},
    {% endfor -%}
    {%- for column in lineage_columns() if column != '_row_hash' -%}
    {{ column }},
    {% endfor -%}
    cast({{ row_hash(domain, entity) }} as varchar(64)) as _row_hash,
        _failed_rules,
        cast(case when _failed_rules <> '' then {{ raw_record(domain, entity) }} end as varchar(65535)) as _raw_record
{%- endmacro %}


{#
    The columns that base derives from raw texts, beside those of the contract: a mapping of column name to SQL expression.
    A text of ten characters is a date without a time.
#}
{% macro base_derived(domain, entity) %}
    {{ return({
        'banking.transactions': {'has_time': 'length(raw_transaction_ts) > 10'},
        'banking.customer_interactions': {'has_time': 'length(raw_interaction_ts) > 10'},
        'commerce.sales': {'has_time': 'length(raw_sold_at) > 10'},
    }.get(domain ~ '.' ~ entity, {})) }}
{% endmacro %}


{# The lineage columns of silver. #}
{% macro lineage_columns() %}
    {{ return(['_source_file', '_source_line', '_arrived_on', '_loaded_at', '_row_hash']) }}
{% endmacro %}


{#
    The accepted rows of a base model that were loaded since the last run of this one; all of them where this model is
    built anew.

    base: name of a CTE with the rows of a base model.
#}
{% macro accepted_rows(base, domain, entity) -%}
    {{- expect_expression('accepted_rows', 'base', base) -}}
    select
        {% for column in silver_columns(domain, entity, base_derived(domain, entity).keys() | list) -%}
        {{ column }}{{ ',' if not loop.last }}
        {% endfor -%}
    from {{ base }}
    where
        _failed_rules = ''
        and {{ loaded_since_last_run() }}
{%- endmacro %}


{# Names of the columns of an entity in silver: those of the contract, those that its staging model derives, and lineage. #}
{% macro silver_columns(domain, entity, derived=[]) %}
    {{ return(contract_columns(domain, entity, delivered_only=true) + derived + lineage_columns()) }}
{% endmacro %}
