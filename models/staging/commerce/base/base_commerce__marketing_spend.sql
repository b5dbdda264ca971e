-- Delivered marketing spend: every delivered row exactly once, typed and judged by the contract and by the rule below.
{% set special_rules = {
    'clicks_above_impressions': 'impressions >= 0 and clicks > impressions',
} %}
{{ config(meta={'entity': 'commerce.marketing_spend', 'rules': special_rules}, dist='all') }}

with

delivered as (
    {{ delivered_rows('commerce', 'marketing_spend') }}
),

typed as (
    {{ typed_rows('delivered', 'commerce', 'marketing_spend') }}
),

judged as (
    {{ judged_rows('commerce', 'marketing_spend', special_rules) }}
),

final as (
    select
        {{ base_columns('commerce', 'marketing_spend') }}
    from judged
)

select * from final
