{% set rules = {
    'campaign_id_missing': 'raw_campaign_id is null',
    'spend_date_missing': 'raw_spend_date is null',
    'spend_date_not_parsable': 'raw_spend_date is not null and spend_date is null',
    'spend_date_out_of_calendar': out_of_calendar('spend_date'),
    'impressions_missing': 'raw_impressions is null',
    'impressions_not_parsable': 'raw_impressions is not null and impressions is null',
    'impressions_negative': 'impressions < 0',
    'clicks_missing': 'raw_clicks is null',
    'clicks_not_parsable': 'raw_clicks is not null and clicks is null',
    'clicks_negative': 'clicks < 0',
    'clicks_above_impressions': 'impressions >= 0 and clicks > impressions',
    'spend_missing': 'raw_spend is null',
    'spend_not_parsable': 'raw_spend is not null and spend is null',
    'spend_negative': 'spend < 0',
    'updated_at_missing': 'raw_updated_at is null',
    'updated_at_not_parsable': 'raw_updated_at is not null and updated_at is null',
    'updated_at_out_of_range': out_of_time('updated_at'),
    'text_too_long': too_long(['campaign_id']),
} %}
{{ config(meta={'rules': rules}) }}

with

delivered as (
    {{ delivered_rows('commerce', 'marketing_spend') }}
),

typed as (
    select
        delivered.*,
        {{ try_to_text('raw_campaign_id', 256) }} as campaign_id,
        {{ try_to_date('raw_spend_date') }} as spend_date,
        {{ try_to_utc('raw_updated_at') }} as updated_at,
        {{ try_to_integer('raw_impressions') }} as impressions,
        {{ try_to_integer('raw_clicks') }} as clicks,
        {{ try_to_amount('raw_spend') }} as spend
    from delivered
),

judged as (
    select
        typed.*,
        {{ failed_rules(rules) }} as _failed_rules
    from typed
),

final as (
    select
        campaign_id,
        spend_date,

        updated_at,

        impressions,
        clicks,
        spend,

        _source_file,
        _source_line,
        _arrived_on,
        _loaded_at,
        {{ row_hash('commerce', 'marketing_spend') }} as _row_hash,
        _failed_rules,
        case when _failed_rules <> '' then {{ raw_record('commerce', 'marketing_spend') }} end as _raw_record
    from judged
)

select * from final
