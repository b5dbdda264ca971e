-- The latest state of each customer interaction: one row per customer interaction.
{{ config(unique_key=['interaction_id']) }}

with

base_customer_interactions as (select * from {{ ref('base_banking__customer_interactions') }}),

accepted as (
    select
        interaction_id,
        customer_id,

        channel,
        interaction_type,
        interaction_ts,
        is_resolved,
        updated_at,

        duration_seconds,
        satisfaction_score,

        _source_file,
        _source_line,
        _arrived_on,
        _loaded_at,
        _row_hash
    from base_customer_interactions
    where
        _failed_rules = ''
        and {{ loaded_since_last_run() }}
),

ranked as (
    {{ latest_version('accepted', key=['interaction_id']) }}
),

final as (
    select
        interaction_id,
        customer_id,

        channel,
        interaction_type,
        interaction_ts,
        is_resolved,
        updated_at,

        duration_seconds,
        satisfaction_score,

        _source_file,
        _source_line,
        _arrived_on,
        _loaded_at,
        _row_hash
    from ranked
    where version_rank = 1
)

select * from final
