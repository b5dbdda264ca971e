{#
    Every row of a staging model keeps what the contract asks of its columns: required values are there, and values are
    within their limits. Returns each combination of broken rules with its number of rows.
#}
{% test follows_contract(model, domain, entity) %}

{%- set rules = {'key_missing': entity_key(domain, entity) | join(' is null or ') ~ ' is null'} -%}
{%- for column in delivered_columns(domain, entity) -%}
    {%- if column.get('required') -%}
        {%- do rules.update({column.name ~ '_missing': column.name ~ ' is null'}) -%}
    {%- endif -%}
    {%- do rules.update(column_limits(column)) -%}
{%- endfor %}

select
    broken_rules,
    count(*) as row_count
from (
    select {{ failed_rules(rules) }} as broken_rules
    from {{ model }}
) as judged
where broken_rules <> ''
group by broken_rules

{% endtest %}
