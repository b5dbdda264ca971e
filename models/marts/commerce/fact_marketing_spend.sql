-- One row per campaign and day: impressions, clicks and cost.
{{ config(
    materialized='incremental',
    incremental_strategy='replace_keys',
    unique_key=['delivered_campaign_id', 'spend_date'],
    on_schema_change='fail',
    sort='spend_date',
    dist='all',
) }}

with

campaigns as (select * from {{ ref('dim_campaign') }}),

{% if is_incremental() -%}
-- Campaigns have no versions. A new one can replace the unknown campaign of stored facts.
new_campaigns as (
    select *
    from campaigns
    where _loaded_at > {{ latest(this, '_campaign_loaded_at') }}
),

-- Each part reads staging itself. A CTE for all of them would hold every row and column in memory.
affected as (
    select
        campaign_id,
        spend_date
    from {{ ref('stg_commerce__marketing_spend') }}
    where {{ loaded_since_last_run() }}
    union
    select
        marketing_spend.campaign_id,
        marketing_spend.spend_date
    from {{ ref('stg_commerce__marketing_spend') }} as marketing_spend
    inner join new_campaigns on marketing_spend.campaign_id = new_campaigns.campaign_id
),

affected_spend as (
    select marketing_spend.*
    from {{ ref('stg_commerce__marketing_spend') }} as marketing_spend
    inner join affected
        on
            marketing_spend.campaign_id = affected.campaign_id
            and marketing_spend.spend_date = affected.spend_date
),
{%- else -%}
affected_spend as (
    select staged.*
    from {{ ref('stg_commerce__marketing_spend') }} as staged
    where {{ is_active('staged') }}
),
{%- endif %}

final as (
    select
        {{ date_id('affected_spend.spend_date') }} as date_key,
        coalesce(campaigns.campaign_key, 'unknown') as campaign_key,

        affected_spend.campaign_id as delivered_campaign_id,
        affected_spend.spend_date,
        affected_spend.updated_at,

        affected_spend.impressions,
        affected_spend.clicks,
        affected_spend.spend,

        affected_spend._source_file,
        affected_spend._source_line,
        {{ load_time_in_fact('affected_spend') }} as _loaded_at,
        coalesce(campaigns._loaded_at, {{ beginning_of_time() }}) as _campaign_loaded_at
    from affected_spend
    left join campaigns on affected_spend.campaign_id = campaigns.campaign_id
)

{{ fingerprinted('final') }}
