{% set rules = {
    'campaign_id_missing': 'raw_campaign_id is null',
    'campaign_id_reserved': "raw_campaign_id = 'unknown'",
    'campaign_name_missing': 'raw_campaign_name is null',
    'ad_platform_unknown': 'ad_platforms.ad_platform is null',
    'start_date_missing': 'raw_start_date is null',
    'start_date_not_parsable': 'raw_start_date is not null and start_date is null',
    'end_date_not_parsable': 'raw_end_date is not null and end_date is null',
    'end_date_before_start_date': 'end_date < start_date',
    'budget_amount_missing': 'raw_budget_amount is null',
    'budget_amount_not_parsable': 'raw_budget_amount is not null and budget_amount is null',
    'budget_amount_not_positive': 'budget_amount <= 0',
    'updated_at_missing': 'raw_updated_at is null',
    'updated_at_not_parsable': 'raw_updated_at is not null and updated_at is null',
    'updated_at_out_of_range': out_of_time('updated_at'),
    'text_too_long': too_long(['campaign_id', 'campaign_name', 'ad_platform']),
} %}
{{ config(meta={'rules': rules}) }}

with

delivered as (
    {{ delivered_rows('commerce', 'campaigns') }}
),

ad_platforms as (select * from {{ ref('ad_platforms') }}),

typed as (
    select
        delivered.*,
        {{ try_to_text('raw_campaign_id', 256) }} as campaign_id,
        {{ try_to_text('raw_campaign_name', 4096) }} as campaign_name,
        {{ try_to_text('raw_ad_platform', 256) }} as ad_platform,
        {{ try_to_date('raw_start_date') }} as start_date,
        {{ try_to_date('raw_end_date') }} as end_date,
        {{ try_to_utc('raw_updated_at') }} as updated_at,
        {{ try_to_amount('raw_budget_amount') }} as budget_amount
    from delivered
),

judged as (
    select
        typed.*,
        {{ failed_rules(rules) }} as _failed_rules
    from typed
    left join ad_platforms on typed.raw_ad_platform = ad_platforms.ad_platform
),

final as (
    select
        campaign_id,

        campaign_name,
        ad_platform,
        start_date,
        end_date,
        updated_at,

        budget_amount,

        _source_file,
        _source_line,
        _arrived_on,
        _loaded_at,
        {{ row_hash('commerce', 'campaigns') }} as _row_hash,
        _failed_rules,
        case when _failed_rules <> '' then {{ raw_record('commerce', 'campaigns') }} end as _raw_record
    from judged
)

select * from final
