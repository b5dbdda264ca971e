-- The latest accepted row of each order line: one row per order line.
{{ config(
    meta={'entity': 'commerce.sales'},
    unique_key=['order_line_id'],
    dist='order_line_id',
    sort='_loaded_at',
) }}

with

base_sales as (select * from {{ ref('base_commerce__sales') }}),

accepted as (
    {{ accepted_rows('base_sales', 'commerce', 'sales') }}
),

dated as (
    select
        accepted.*,
        {{ business_date('accepted.sold_at', 'commerce', 'accepted.has_time') }} as sold_date
    from accepted
),

final as (
    {{ latest_version('dated', 'commerce', 'sales', derived=['has_time', 'sold_date']) }}
)

select * from final
