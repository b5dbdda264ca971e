-- One row per contact of a customer with the bank, with the version of the customer that was valid then.
{{ config(
    materialized='incremental',
    incremental_strategy='replace_keys',
    unique_key=['interaction_id'],
    on_schema_change='fail',
    dist='customer_id',
    sort='interaction_date',
) }}

with

customer_history as (select * from {{ ref('dim_customer_history') }}),

channels as (select * from {{ ref('dim_channel') }}),

{% if is_incremental() -%}
-- A new version changes the keys of the contacts in its interval, even if that interval is long past.
new_customer_versions as (
    select *
    from customer_history
    where _loaded_at > {{ latest(this, '_customer_loaded_at') }}
),

-- Each part reads staging itself. A CTE for all of them would hold every row and column in memory.
affected as (
    select interaction_id
    from {{ ref('stg_banking__customer_interactions') }}
    where {{ loaded_since_last_run() }}
    union
    select interactions.interaction_id
    from {{ ref('stg_banking__customer_interactions') }} as interactions
    inner join new_customer_versions
        on
            interactions.customer_id = new_customer_versions.customer_id
            and {{ valid_at(
                'new_customer_versions',
                business_moment('interactions.interaction_ts', 'banking', 'interactions.has_time'),
            ) }}
),

affected_interactions as (
    select
        interactions.*,
        -- Rows that were loaded before this column existed have no value. Their date is in UTC.
        coalesce(interactions.interaction_date, cast(interactions.interaction_ts as date)) as day_of_interaction
    from {{ ref('stg_banking__customer_interactions') }} as interactions
    inner join affected on interactions.interaction_id = affected.interaction_id
),
{%- else -%}
affected_interactions as (
    select
        staged.*,
        coalesce(staged.interaction_date, cast(staged.interaction_ts as date)) as day_of_interaction
    from {{ ref('stg_banking__customer_interactions') }} as staged
    where {{ is_active('staged') }}
),
{%- endif %}

final as (
    select
        affected_interactions.interaction_id,
        coalesce(customer_history.customer_id, 'unknown') as customer_id,
        coalesce(customer_history.customer_sk, 'unknown') as customer_sk,
        coalesce(channels.channel_id, -1) as channel_id,
        {{ date_id('affected_interactions.day_of_interaction') }} as date_id,

        affected_interactions.customer_id as delivered_customer_id,
        affected_interactions.interaction_type,
        affected_interactions.interaction_ts,
        affected_interactions.day_of_interaction as interaction_date,
        affected_interactions.is_resolved,
        affected_interactions.updated_at,

        affected_interactions.duration_seconds,
        affected_interactions.satisfaction_score,

        affected_interactions._source_file,
        affected_interactions._source_line,
        {{ load_time_in_fact('affected_interactions') }} as _loaded_at,
        coalesce(customer_history._loaded_at, {{ beginning_of_time() }}) as _customer_loaded_at,
        {{ load_time(this, '_built_at') }} as _built_at
    from affected_interactions
    left join customer_history
        on
            affected_interactions.customer_id = customer_history.customer_id
            and {{ valid_at(
                'customer_history',
                business_moment('affected_interactions.interaction_ts', 'banking', 'affected_interactions.has_time'),
            ) }}
    left join channels on affected_interactions.channel = channels.channel_name
)

{{ fingerprinted('final') }}
