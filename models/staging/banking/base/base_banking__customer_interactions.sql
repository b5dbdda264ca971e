{% set rules = {
    'interaction_id_missing': 'raw_interaction_id is null',
    'customer_id_missing': 'raw_customer_id is null',
    'channel_unknown': 'channels.channel_name is null',
    'interaction_type_unknown': 'interaction_types.interaction_type is null',
    'interaction_ts_missing': 'raw_interaction_ts is null',
    'interaction_ts_not_parsable': 'raw_interaction_ts is not null and interaction_ts is null',
    'interaction_ts_out_of_calendar': out_of_calendar('interaction_ts'),
    'is_resolved_missing': 'raw_is_resolved is null',
    'is_resolved_not_parsable': 'raw_is_resolved is not null and is_resolved is null',
    'updated_at_missing': 'raw_updated_at is null',
    'updated_at_not_parsable': 'raw_updated_at is not null and updated_at is null',
    'updated_at_out_of_range': out_of_time('updated_at'),
    'duration_seconds_not_parsable': 'raw_duration_seconds is not null and duration_seconds is null',
    'duration_seconds_negative': 'duration_seconds < 0',
    'satisfaction_score_not_parsable': 'raw_satisfaction_score is not null and satisfaction_score is null',
    'satisfaction_score_out_of_range': 'satisfaction_score not between 1 and 5',
    'text_too_long': too_long(['interaction_id', 'customer_id', 'channel', 'interaction_type']),
} %}
{{ config(meta={'rules': rules}) }}

with

delivered as (
    {{ delivered_rows('banking', 'customer_interactions') }}
),

channels as (select * from {{ ref('channels') }}),

interaction_types as (select * from {{ ref('interaction_types') }}),

typed as (
    select
        delivered.*,
        {{ try_to_text('raw_interaction_id', 256) }} as interaction_id,
        {{ try_to_text('raw_customer_id', 256) }} as customer_id,
        {{ try_to_text('raw_channel', 256) }} as channel,
        {{ try_to_text('raw_interaction_type', 256) }} as interaction_type,
        {{ try_to_utc('raw_interaction_ts') }} as interaction_ts,
        {{ try_to_boolean('raw_is_resolved') }} as is_resolved,
        {{ try_to_utc('raw_updated_at') }} as updated_at,
        {{ try_to_integer('raw_duration_seconds') }} as duration_seconds,
        {{ try_to_integer('raw_satisfaction_score') }} as satisfaction_score
    from delivered
),

judged as (
    select
        typed.*,
        {{ failed_rules(rules) }} as _failed_rules
    from typed
    left join channels on typed.raw_channel = channels.channel_name
    left join interaction_types on typed.raw_interaction_type = interaction_types.interaction_type
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
        {{ row_hash('banking', 'customer_interactions') }} as _row_hash,
        _failed_rules,
        case when _failed_rules <> '' then {{ raw_record('banking', 'customer_interactions') }} end as _raw_record
    from judged
)

select * from final
