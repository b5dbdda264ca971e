-- The latest accepted row of each customer interaction: one row per customer interaction.
{{ config(meta={'entity': 'banking.customer_interactions'}, unique_key=['interaction_id']) }}

with

base_customer_interactions as (select * from {{ ref('base_banking__customer_interactions') }}),

accepted as (
    {{ accepted_rows('base_customer_interactions', 'banking', 'customer_interactions') }}
),

final as (
    {{ latest_version('accepted', 'banking', 'customer_interactions') }}
)

select * from final
