-- One row per campaign of the shop.
{{ config(dist='all') }}

with

campaigns as (select * from {{ ref('stg_commerce__campaigns') }}),

unknown_member as (
    select
        {{ text_literal('unknown') }} as campaign_key,
        {{ text_literal('unknown') }} as campaign_id,

        {{ text_literal('Unknown') }} as campaign_name,
        {{ text_literal('Unknown') }} as ad_platform,
        cast(null as date) as start_date,
        cast(null as date) as end_date,
        false as is_deleted,
        {{ beginning_of_time() }} as updated_at,

        cast(null as decimal(18, 2)) as budget_amount,

        {{ beginning_of_time() }} as _loaded_at
),

final as (
    select
        campaign_id as campaign_key,
        campaign_id,

        campaign_name,
        ad_platform,
        start_date,
        end_date,
        {{ is_withdrawn() }} as is_deleted,
        updated_at,

        budget_amount,

        _loaded_at
    from campaigns
    union all
    select
        campaign_key,
        campaign_id,
        campaign_name,
        ad_platform,
        start_date,
        end_date,
        is_deleted,
        updated_at,
        budget_amount,
        _loaded_at
    from unknown_member
)

select * from final
