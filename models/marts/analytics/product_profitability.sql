-- One row per product and month: revenue, cost, profit and returns, in the reporting currency.
{{ config(
    materialized='incremental',
    incremental_strategy='replace_days',
    on_schema_change='fail',
    dist='product_key',
    sort='sold_month',
    meta={'days_of': {'fact_sales': 'sold_month'}, 'day_column': 'sold_month'},
) }}

with

sales as (
    select *
    from {{ ref('fact_sales') }}
    where {{ on_changed_days(ref('fact_sales'), day='sold_month', stored_count='line_count') }}
),

-- Returned goods are sold again, so neither their revenue nor their cost counts. A line that takes goods back has a
-- negative revenue and cost, which take away those of the sale. A line that cannot be converted has neither.
costed as (
    select
        *,
        case when return_flag or net_revenue_reporting is null then 0 else calculated_total_cogs end as net_cogs,
        calculated_total_cogs is null and not return_flag as is_uncosted
    from sales
),

monthly_sums as (
    select
        costed.product_key,
        costed.sold_month,
        count(*) as line_count,
        count(distinct case when costed.quantity > 0 then costed.order_id end) as order_count,
        cast(sum(case when costed.is_return_line then 0 else costed.quantity end) as bigint) as quantity,
        cast(
            sum(case when costed.return_flag or costed.is_return_line then abs(costed.quantity) else 0 end) as bigint
        ) as returned_quantity,
        cast(
            sum(case when costed.is_return_line then 0 else coalesce(costed.gross_revenue_reporting, 0) end)
            as decimal(38, 2)
        ) as gross_revenue,
        cast(
            sum(case when costed.is_return_line then 0 else coalesce(costed.discount_amount_reporting, 0) end)
            as decimal(38, 2)
        ) as discount_amount,
        cast(
            sum(
                case
                    when costed.return_flag or costed.is_return_line
                        then abs(coalesce(costed.gross_revenue_reporting - costed.discount_amount_reporting, 0))
                    else 0
                end
            ) as decimal(38, 2)
        ) as returned_revenue,
        cast(sum(coalesce(costed.net_revenue_reporting, 0)) as decimal(38, 2)) as net_revenue,
        cast(sum(coalesce(costed.rounding_amount_reporting, 0)) as decimal(38, 6)) as rounding_amount,
        cast(coalesce(sum(costed.net_cogs), 0) as decimal(38, 2)) as cogs,
        cast(
            sum(case when costed.is_uncosted then 0 else coalesce(costed.net_revenue_reporting, 0) end)
            as decimal(38, 2)
        ) as costed_net_revenue,
        cast(sum(coalesce(costed.tax_amount_reporting, 0)) as decimal(38, 2)) as tax_amount,
        cast(
            sum(coalesce(costed.shipping_charged_to_customer_reporting, 0)) as decimal(38, 2)
        ) as shipping_charged_to_customer,
        cast(sum(coalesce(costed.actual_shipping_cost_reporting, 0)) as decimal(38, 2)) as actual_shipping_cost,
        cast(sum(coalesce(costed.payment_fee_amount_reporting, 0)) as decimal(38, 2)) as payment_fee_amount,
        cast(sum(coalesce(costed.platform_fee_amount_reporting, 0)) as decimal(38, 2)) as platform_fee_amount,
        cast(sum(case when costed.is_uncosted then 1 else 0 end) as bigint) as uncosted_count,
        cast(sum(case when costed.net_revenue_reporting is null then 1 else 0 end) as bigint) as unconverted_count,
        max(costed._built_at) as _built_at
    from costed
    group by
        costed.product_key,
        costed.sold_month
),

final as (
    select
        product_key,
        {{ date_id('sold_month') }} as date_key,

        sold_month,

        line_count,
        order_count,
        quantity,
        returned_quantity,
        {{ divide('returned_quantity', 'quantity', 6) }} as return_rate,
        gross_revenue,
        discount_amount,
        returned_revenue,
        net_revenue,
        rounding_amount,
        cogs,
        cast(costed_net_revenue - cogs as decimal(38, 2)) as gross_profit,
        {{ divide('costed_net_revenue - cogs', 'costed_net_revenue', 6) }} as gross_margin,
        tax_amount,
        shipping_charged_to_customer,
        actual_shipping_cost,
        payment_fee_amount,
        platform_fee_amount,
        uncosted_count,
        unconverted_count,

        _built_at
    from monthly_sums
)

{{ fingerprinted('final') }}
