-- Delivered campaigns: every delivered row exactly once, typed and judged by the contract and by the rule below.
{% set special_rules = {
    'end_date_before_start_date': 'end_date < start_date',
} %}
{{ config(meta={'entity': 'commerce.campaigns', 'rules': special_rules}, dist='all') }}

with

ad_platforms as (select * from {{ ref('ad_platforms') }}),

delivered as (
    {{ delivered_rows('commerce', 'campaigns') }}
),

typed as (
    {{ typed_rows('delivered', 'commerce', 'campaigns') }}
),

judged as (
    {{ judged_rows('commerce', 'campaigns', special_rules) }}
),

final as (
    select
        {{ base_columns('commerce', 'campaigns') }}
    from judged
)

select * from final
