-- Delivered customer interactions: every delivered row exactly once, typed and judged by the contract.
{{ config(meta={'entity': 'banking.customer_interactions'}, dist='interaction_id') }}

with

channels as (select * from {{ ref('channels') }}),

interaction_types as (select * from {{ ref('interaction_types') }}),

delivered as (
    {{ delivered_rows('banking', 'customer_interactions') }}
),

typed as (
    {{ typed_rows('delivered', 'banking', 'customer_interactions') }}
),

judged as (
    {{ judged_rows('banking', 'customer_interactions') }}
),

final as (
    select
        {{ base_columns('banking', 'customer_interactions') }}
    from judged
)

select * from final
