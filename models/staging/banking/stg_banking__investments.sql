-- The latest accepted row of each investment: one row per investment.
{{ config(meta={'entity': 'banking.investments'}, unique_key=['investment_id'], dist='investment_id') }}

with

base_investments as (select * from {{ ref('base_banking__investments') }}),

accepted as (
    {{ accepted_rows('base_investments', 'banking', 'investments') }}
),

final as (
    {{ latest_version('accepted', 'banking', 'investments') }}
)

select * from final
