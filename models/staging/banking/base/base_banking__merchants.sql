{% set rules = {
    'merchant_id_missing': 'raw_merchant_id is null',
    'merchant_id_reserved': "raw_merchant_id = 'unknown'",
    'merchant_name_missing': 'raw_merchant_name is null',
    'category_unknown': 'merchant_categories.category_name is null',
    'updated_at_missing': 'raw_updated_at is null',
    'updated_at_not_parsable': 'raw_updated_at is not null and updated_at is null',
    'updated_at_out_of_range': out_of_time('updated_at'),
    'text_too_long': too_long(['merchant_id', 'location_id', 'merchant_name', 'category']),
} %}
{{ config(meta={'rules': rules}) }}

with

delivered as (
    {{ delivered_rows('banking', 'merchants') }}
),

merchant_categories as (select * from {{ ref('merchant_categories') }}),

typed as (
    select
        delivered.*,
        {{ try_to_text('raw_merchant_id', 256) }} as merchant_id,
        {{ try_to_text('raw_location_id', 256) }} as location_id,
        {{ try_to_text('raw_merchant_name', 4096) }} as merchant_name,
        {{ try_to_text('raw_category', 256) }} as category,
        {{ try_to_utc('raw_updated_at') }} as updated_at
    from delivered
),

judged as (
    select
        typed.*,
        {{ failed_rules(rules) }} as _failed_rules
    from typed
    left join merchant_categories on typed.raw_category = merchant_categories.category_name
),

final as (
    select
        merchant_id,
        location_id,

        merchant_name,
        category,
        updated_at,

        _source_file,
        _source_line,
        _arrived_on,
        _loaded_at,
        {{ row_hash('banking', 'merchants') }} as _row_hash,
        _failed_rules,
        case when _failed_rules <> '' then {{ raw_record('banking', 'merchants') }} end as _raw_record
    from judged
)

select * from final
