-- Rows that were changed after the run that wrote them: their fingerprint is not that of their values. Empty if only
-- dbt wrote to the tables. It covers the control tables, the snapshots, and the tables of gold that keep rows from one
-- run to the next; every run rebuilds the others. Base and stg are compared with the outcomes of their rows.
{% set tables = fingerprinted_tables() -%}

with

{% for table in tables -%}
{{ table.name }}_changed as (
    {{ rows_changed_since_built(table) }}
),

{% endfor -%}
final as (
    {% for table in tables -%}
    select * from {{ table.name }}_changed
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from final
