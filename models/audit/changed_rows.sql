-- Rows of gold that were changed after the run that wrote them: their fingerprint is not that of their values. Empty if
-- nobody wrote to gold but dbt. Tables that every run rebuilds are not checked, because a change to them does not last.
with

{% for name in fingerprinted_models() -%}
{{ name }}_changed as (
    {{ rows_changed_since_built(name) }}
),

{% endfor -%}
final as (
    {% for name in fingerprinted_models() -%}
    select * from {{ name }}_changed
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from final
