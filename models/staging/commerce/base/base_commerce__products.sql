{% set rules = {
    'product_id_missing': 'raw_product_id is null',
    'product_id_reserved': "raw_product_id = 'unknown'",
    'product_name_missing': 'raw_product_name is null',
    'category_unknown': 'product_categories.category_name is null',
    'list_price_missing': 'raw_list_price is null',
    'list_price_not_parsable': 'raw_list_price is not null and list_price is null',
    'list_price_not_positive': 'list_price <= 0',
    'updated_at_missing': 'raw_updated_at is null',
    'updated_at_not_parsable': 'raw_updated_at is not null and updated_at is null',
    'updated_at_out_of_range': out_of_time('updated_at'),
    'text_too_long': too_long(['product_id', 'product_name', 'category', 'brand']),
} %}
{{ config(meta={'rules': rules}) }}

with

delivered as (
    {{ delivered_rows('commerce', 'products') }}
),

product_categories as (select * from {{ ref('product_categories') }}),

typed as (
    select
        delivered.*,
        {{ try_to_text('raw_product_id', 256) }} as product_id,
        {{ try_to_text('raw_product_name', 4096) }} as product_name,
        {{ try_to_text('raw_category', 256) }} as category,
        {{ try_to_text('raw_brand', 1024) }} as brand,
        {{ try_to_utc('raw_updated_at') }} as updated_at,
        {{ try_to_amount('raw_list_price') }} as list_price
    from delivered
),

judged as (
    select
        typed.*,
        {{ failed_rules(rules) }} as _failed_rules
    from typed
    left join product_categories on typed.raw_category = product_categories.category_name
),

final as (
    select
        product_id,

        product_name,
        category,
        brand,
        updated_at,

        list_price,

        _source_file,
        _source_line,
        _arrived_on,
        _loaded_at,
        {{ row_hash('commerce', 'products') }} as _row_hash,
        _failed_rules,
        case when _failed_rules <> '' then {{ raw_record('commerce', 'products') }} end as _raw_record
    from judged
)

select * from final
