-- The latest state of each accepted order line: one row per order line.
{{ config(
    unique_key=['order_line_id'],
    dist='order_line_id',
    sort='_loaded_at',
) }}

with

base_sales as (select * from {{ ref('base_commerce__sales') }}),

accepted as (
    select
        order_line_id,
        order_id,
        product_id,
        customer_id,
        campaign_id,

        channel,
        sold_at,
        cast(sold_at as date) as sold_date,
        is_returned,
        updated_at,

        quantity,
        unit_price,
        gross_amount,
        discount_amount,
        tax_amount,
        shipping_charged_to_customer,
        actual_shipping_cost,

        _source_file,
        _source_line,
        _arrived_on,
        _loaded_at,
        _row_hash
    from base_sales
    where
        _failed_rules = ''
        and {{ loaded_since_last_run() }}
),

ranked as (
    {{ latest_version('accepted', key=['order_line_id']) }}
),

final as (
    select
        order_line_id,
        order_id,
        product_id,
        customer_id,
        campaign_id,

        channel,
        sold_at,
        sold_date,
        is_returned,
        updated_at,

        quantity,
        unit_price,
        gross_amount,
        discount_amount,
        tax_amount,
        shipping_charged_to_customer,
        actual_shipping_cost,

        _source_file,
        _source_line,
        _arrived_on,
        _loaded_at,
        _row_hash
    from ranked
    where version_rank = 1
)

select * from final
