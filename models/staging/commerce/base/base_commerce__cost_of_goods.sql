-- Delivered unit costs: every delivered row exactly once, typed and judged by the contract.
-- A unit cost is below 10,000,000 and a quantity has at most nine digits, so their product fits into decimal(18, 2).
{{ config(meta={'entity': 'commerce.cost_of_goods'}, dist='all') }}

with

delivered as (
    {{ delivered_rows('commerce', 'cost_of_goods') }}
),

typed as (
    {{ typed_rows('delivered', 'commerce', 'cost_of_goods') }}
),

judged as (
    {{ judged_rows('commerce', 'cost_of_goods') }}
),

final as (
    select
        {{ base_columns('commerce', 'cost_of_goods') }}
    from judged
)

select * from final
