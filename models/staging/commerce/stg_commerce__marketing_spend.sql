-- The latest accepted row of each marketing spend: one row per campaign and day.
{{ config(meta={'entity': 'commerce.marketing_spend'}, unique_key=['campaign_id', 'spend_date'], dist='all') }}

with

base_marketing_spend as (select * from {{ ref('base_commerce__marketing_spend') }}),

accepted as (
    {{ accepted_rows('base_marketing_spend', 'commerce', 'marketing_spend') }}
),

final as (
    {{ latest_version('accepted', 'commerce', 'marketing_spend') }}
)

select * from final
