{#
    A quantity has at most nine digits: with at most seven before the point of a cost, their product always fits into
    decimal(18, 2).
-#}
{% set rules = {
    'product_id_missing': 'raw_product_id is null',
    'effective_date_missing': 'raw_effective_date is null',
    'effective_date_not_parsable': 'raw_effective_date is not null and effective_date is null',
    'effective_date_out_of_calendar': out_of_calendar('effective_date'),
    'unit_cost_missing': 'raw_unit_cost is null',
    'unit_cost_not_parsable': 'raw_unit_cost is not null and unit_cost is null',
    'unit_cost_not_positive': 'unit_cost <= 0',
    'unit_cost_too_large': 'unit_cost >= 10000000',
    'updated_at_missing': 'raw_updated_at is null',
    'updated_at_not_parsable': 'raw_updated_at is not null and updated_at is null',
    'updated_at_out_of_range': out_of_time('updated_at'),
    'text_too_long': too_long(['product_id']),
} %}
{{ config(meta={'rules': rules}) }}

with

delivered as (
    {{ delivered_rows('commerce', 'cost_of_goods') }}
),

typed as (
    select
        delivered.*,
        {{ try_to_text('raw_product_id', 256) }} as product_id,
        {{ try_to_date('raw_effective_date') }} as effective_date,
        {{ try_to_utc('raw_updated_at') }} as updated_at,
        {{ try_to_amount('raw_unit_cost') }} as unit_cost
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
        product_id,
        effective_date,

        updated_at,

        unit_cost,

        _source_file,
        _source_line,
        _arrived_on,
        _loaded_at,
        {{ row_hash('commerce', 'cost_of_goods') }} as _row_hash,
        _failed_rules,
        case when _failed_rules <> '' then {{ raw_record('commerce', 'cost_of_goods') }} end as _raw_record
    from judged
)

select * from final
