-- One row per month with sales or marketing spend: what the shop earned, from gross revenue to contribution, in the
-- reporting currency. Adds up summaries by month, so it has the figures of the facts to the cent.
with

product_months as (select * from {{ ref('product_profitability') }}),

campaign_months as (select * from {{ ref('campaign_performance') }}),

-- Gross profit and its cost are of the lines with a known cost.
split_months as (
    select
        product_months.*,
        product_months.net_revenue - product_months.gross_profit - product_months.cogs as uncosted_net_revenue
    from product_months
),

monthly_sales as (
    select
        sold_month as statement_month,
        cast(sum(line_count) as bigint) as line_count,
        sum(gross_revenue) as gross_revenue,
        sum(discount_amount) as discount_amount,
        sum(returned_revenue) as returned_revenue,
        sum(net_revenue) as net_revenue,
        sum(cogs) as cogs,
        sum(payment_fee_amount) as payment_fee_amount,
        sum(platform_fee_amount) as platform_fee_amount,
        sum(shipping_charged_to_customer) as shipping_charged_to_customer,
        sum(actual_shipping_cost) as actual_shipping_cost,
        sum(tax_amount) as tax_amount,
        sum(uncosted_net_revenue) as uncosted_net_revenue,
        cast(sum(uncosted_count) as bigint) as uncosted_count,
        cast(sum(unconverted_count) as bigint) as unconverted_count
    from split_months
    group by sold_month
),

monthly_spend as (
    select
        performance_month as statement_month,
        sum(spend) as marketing_spend
    from campaign_months
    group by performance_month
),

-- Both sides have one row per month, so the join multiplies neither.
joined as (
    select
        coalesce(monthly_sales.statement_month, monthly_spend.statement_month) as statement_month,
        coalesce(monthly_sales.line_count, 0) as line_count,
        {% for amount in [
            'gross_revenue', 'discount_amount', 'returned_revenue', 'net_revenue', 'cogs', 'payment_fee_amount',
            'platform_fee_amount', 'shipping_charged_to_customer', 'actual_shipping_cost', 'tax_amount',
            'uncosted_net_revenue',
        ] -%}
        {{ wide_or_zero('monthly_sales.' ~ amount) }} as {{ amount }},
        {% endfor -%}
        coalesce(monthly_sales.uncosted_count, 0) as uncosted_count,
        coalesce(monthly_sales.unconverted_count, 0) as unconverted_count,
        {{ wide_or_zero('monthly_spend.marketing_spend') }} as marketing_spend
    from monthly_sales
    full outer join monthly_spend on monthly_sales.statement_month = monthly_spend.statement_month
),

final as (
    select
        {{ date_id('statement_month') }} as date_key,

        statement_month,

        gross_revenue,
        discount_amount,
        returned_revenue,
        net_revenue,
        cogs,
        payment_fee_amount,
        platform_fee_amount,
        shipping_charged_to_customer,
        actual_shipping_cost,
        marketing_spend,
        cast(
            net_revenue - cogs - payment_fee_amount - platform_fee_amount
            + shipping_charged_to_customer - actual_shipping_cost - marketing_spend
            as decimal(38, 2)
        ) as contribution,
        tax_amount,
        uncosted_net_revenue,
        cast(line_count as bigint) as line_count,
        cast(uncosted_count as bigint) as uncosted_count,
        cast(unconverted_count as bigint) as unconverted_count
    from joined
)

select * from final
