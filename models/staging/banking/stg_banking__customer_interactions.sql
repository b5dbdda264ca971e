-- The latest accepted row of each customer interaction: one row per customer interaction.
{{ config(meta={'entity': 'banking.customer_interactions'}, unique_key=['interaction_id'], dist='interaction_id') }}

with

base_customer_interactions as (select * from {{ ref('base_banking__customer_interactions') }}),

accepted as (
    {{ accepted_rows('base_customer_interactions', 'banking', 'customer_interactions') }}
),

dated as (
    select
        accepted.*,
        {{ business_date('accepted.interaction_ts', 'banking', 'accepted.has_time') }} as interaction_date
    from accepted
),

final as (
    {{ latest_version('dated', 'banking', 'customer_interactions', derived=['has_time', 'interaction_date']) }}
)

select * from final
