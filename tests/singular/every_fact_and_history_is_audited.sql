-- Fails for a fact that is missing in dimension_coverage or a history that is missing in scd2_integrity.
{% set found = [] -%}
{%- for node in graph.nodes.values() if node.resource_type == 'model' -%}
    {%- if node.name.startswith('fact_') or (node.name.startswith('dim_') and node.name.endswith('_history')) -%}
        {%- do found.append(node.name) -%}
    {%- endif -%}
{%- endfor -%}
with

coverage as (select * from {{ ref('dimension_coverage') }}),

histories as (select * from {{ ref('scd2_integrity') }}),

tables as (
    {% for name in found | sort -%}
    select {{ text_literal(name) }} as table_name
    {{ 'union all' if not loop.last }}
    {% else -%}
    select {{ text_literal('') }} as table_name where false
    {% endfor %}
),

audited as (
    select fact as table_name
    from coverage
    union
    select history_table as table_name
    from histories
),

final as (
    select tables.table_name
    from tables
    left join audited on tables.table_name = audited.table_name
    where audited.table_name is null
)

select * from final
