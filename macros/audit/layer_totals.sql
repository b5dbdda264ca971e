{#
    The body of a model with the totals of all reconciled tables of one domain: one row per reconciliation and side. Each
    table is read once, and all of its totals are computed in that one pass. Withdrawn and replaced rows of staging are
    set aside.

    domain: the domain, as in the bronze contract.
#}
{% macro layer_totals(domain) -%}
{%- set totals = reconciled_totals(domain) -%}
with

{% for table, sums in totals.sums.items() -%}
{{ table }}_totals as (
    -- A table of which only rows are counted has one total.
    select  -- noqa: LT09
        {% for sum in sums -%}
        {{ wide_value(wide_or_zero(sum)) }} as total_{{ loop.index }}{{ ',' if not loop.last }}
        {% endfor -%}
    from {{ ref(table) }}
    {%- if table in totals.conditions %}
    where {{ totals.conditions[table] }}
    {%- endif %}
),

{% endfor -%}
reconciliations as (
    {% for line in totals.lines -%}
    select
        {{ text_literal(line.table) }} as reconciled_table,
        {{ line.number }} as total_number,
        {{ text_literal(line.entity) }} as entity,
        {{ text_literal(line.from_layer) }} as from_layer,
        {{ text_literal(line.to_layer) }} as to_layer,
        {{ text_literal(line.measure) }} as measure,
        {{ 'true' if line.is_in else 'false' }} as is_in
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

totals as (
    {% for table, sums in totals.sums.items() -%}
    select
        reconciliations.*,
        case reconciliations.total_number
            {% for sum in sums -%}
            when {{ loop.index }} then {{ table }}_totals.total_{{ loop.index }}
            {% endfor -%}
        end as total_amount
    from {{ table }}_totals
    inner join reconciliations on reconciliations.reconciled_table = {{ text_literal(table) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

final as (
    select
        {{ text_literal(domain) }} as domain,
        entity,
        from_layer,
        to_layer,
        measure,
        is_in,

        cast(total_amount as decimal(38, 2)) as total_amount
    from totals
)

select * from final
{%- endmacro %}


{#
    What layer_totals adds up for a domain, as a mapping of three parts: `sums` has the expressions of each table, `lines`
    has each reconciliation and side with its table and the number of its expression, counted from 1, and `conditions`
    the condition of the rows that count, for tables that have others too.
#}
{% macro reconciled_totals(domain) %}
    {%- set found = [] -%}
    {%- set conditions = {} -%}
    {%- for entity in audited_entities() if entity.domain == domain -%}
        {%- if counted_rows(entity) -%}
            {%- do conditions.update({entity.stg: counted_rows(entity)}) -%}
        {%- endif -%}
        {%- do found.append((entity.base, 'count(*)', entity.name, 'delivered', 'base', 'rows', false)) -%}
        {%- for column in contract_money_columns(domain, entity.name) -%}
            {%- do found.append((entity.base, 'sum(' ~ column ~ ')', entity.name, 'delivered', 'base', column, false)) -%}
        {%- endfor -%}
        {%- do found.append((entity.stg, 'count(*)', entity.name, 'base', 'stg', 'rows', false)) -%}
        {%- if entity.amount -%}
            {%- do found.append((
                entity.stg, 'sum(' ~ entity.amount ~ ')', entity.name, 'base', 'stg', entity.amount, false
            )) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for of_domain, entity, before, after, measure, sum_before, sum_after in gold_reconciliations() if of_domain == domain -%}
        {%- set from_layer = 'stg' if before.startswith('stg_') else before -%}
        {%- do found.append((before, sum_before, entity, from_layer, after, measure, true)) -%}
        {%- do found.append((after, sum_after, entity, from_layer, after, measure, false)) -%}
    {%- endfor -%}

    {%- set sums = {} -%}
    {%- set lines = [] -%}
    {%- for table, sum, entity, from_layer, to_layer, measure, is_in in found -%}
        {%- set sums_of_table = sums.setdefault(table, []) -%}
        {%- if sum not in sums_of_table -%}
            {%- do sums_of_table.append(sum) -%}
        {%- endif -%}
        {%- do lines.append({
            'table': table,
            'number': sums_of_table.index(sum) + 1,
            'entity': entity,
            'from_layer': from_layer,
            'to_layer': to_layer,
            'measure': measure,
            'is_in': is_in,
        }) -%}
    {%- endfor -%}
    {{ return({'sums': sums, 'lines': lines, 'conditions': conditions}) }}
{% endmacro %}
