-- The latest state of each cost: one row per product and day from which it holds.
{{ config(unique_key=['product_id', 'effective_date']) }}

with

base_cost_of_goods as (select * from {{ ref('base_commerce__cost_of_goods') }}),

accepted as (
    select
        product_id,
        effective_date,

        updated_at,

        unit_cost,

        _source_file,
        _source_line,
        _arrived_on,
        _loaded_at,
        _row_hash
    from base_cost_of_goods
    where
        _failed_rules = ''
        and {{ loaded_since_last_run() }}
),

ranked as (
    {{ latest_version('accepted', key=['product_id', 'effective_date']) }}
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
        _row_hash
    from ranked
    where version_rank = 1
)

select * from final
