{#
    What is reconciled within gold of commerce, beside what follows from audited_histories and audited_facts. Each line has the
    entity, the tables before and after, the measure, and how the measure is added up before and after.
#}
{% macro commerce_reconciliations() %}
    {%- set cogs =
        'sum(case when return_flag or net_revenue_reporting is null then 0 else coalesce(calculated_total_cogs, 0) end)' -%}
    {{ return([
        ('cost_of_goods', 'stg_commerce__cost_of_goods', 'dim_product_cost', 'rows', 'count(*)', 'count(*)'),
        (
            'cost_of_goods', 'stg_commerce__cost_of_goods', 'dim_product_cost', 'unit_cost',
            'sum(unit_cost)',
            'sum(unit_cost)',
        ),
        (
            'campaigns', 'stg_commerce__campaigns', 'dim_campaign', 'rows',
            'count(*)',
            "count(case when not is_deleted then nullif(campaign_id, 'unknown') end)",
        ),
        (
            'sales', 'stg_commerce__sales', 'fact_sales', 'net_revenue',
            'sum(case when is_returned and quantity > 0 then 0 else gross_amount - discount_amount end)',
            'sum(net_revenue)',
        ),
        (
            'sales', 'stg_commerce__sales', 'fact_sales', 'fees',
            'sum(coalesce(payment_fee_amount, 0)) + sum(coalesce(platform_fee_amount, 0))',
            'sum(payment_fee_amount) + sum(platform_fee_amount)',
        ),
        ('sales', 'fact_sales', 'product_profitability', 'rows', 'count(*)', 'sum(line_count)'),
        ('sales', 'fact_sales', 'product_profitability', 'net_revenue', 'sum(net_revenue_reporting)', 'sum(net_revenue)'),
        ('sales', 'fact_sales', 'product_profitability', 'cogs', cogs, 'sum(cogs)'),
        (
            'sales', 'fact_sales', 'product_profitability', 'days',
            sum_of_days('sold_month'),
            sum_of_days('sold_month', 'line_count'),
        ),
        ('sales', 'fact_sales', 'campaign_daily_revenue', 'rows', 'count(*)', 'sum(line_count)'),
        ('sales', 'fact_sales', 'campaign_daily_revenue', 'net_revenue', 'sum(net_revenue_reporting)', 'sum(net_revenue)'),
        (
            'sales', 'fact_sales', 'campaign_daily_revenue', 'days',
            sum_of_days('sold_date'),
            sum_of_days('sold_date', 'line_count'),
        ),
        (
            'sales', 'campaign_daily_revenue', 'campaign_performance', 'net_revenue',
            'sum(case when is_attributed then net_revenue else 0 end)',
            'sum(attributed_net_revenue)',
        ),
        ('marketing_spend', 'fact_marketing_spend', 'campaign_performance', 'spend', 'sum(spend)', 'sum(spend)'),
        (
            'marketing_spend', 'fact_marketing_spend', 'monthly_income_statement', 'spend',
            'sum(spend)',
            'sum(marketing_spend)',
        ),
    ] + income_statement_reconciliations(cogs)) }}
{% endmacro %}


{#
    What is reconciled between the lines of orders and the income statement: every amount that the contribution is made of, and
    those that net revenue is made of.

    cogs: how the cost of goods is added up in fact_sales.
#}
{% macro income_statement_reconciliations(cogs) %}
    {%- set sums = {
        'rows': ('count(*)', 'sum(line_count)'),
        'cogs': (cogs, 'sum(cogs)'),
        'gross_revenue': (
            'sum(case when is_return_line then 0 else gross_revenue_reporting end)', 'sum(gross_revenue)'
        ),
        'discount_amount': (
            'sum(case when is_return_line then 0 else discount_amount_reporting end)', 'sum(discount_amount)'
        ),
    } -%}
    {%- for amount in [
        'net_revenue', 'payment_fee_amount', 'platform_fee_amount', 'shipping_charged_to_customer', 'actual_shipping_cost',
        'tax_amount',
    ] -%}
        {%- do sums.update({amount: ('sum(' ~ amount ~ '_reporting)', 'sum(' ~ amount ~ ')')}) -%}
    {%- endfor -%}
    {%- set found = [] -%}
    {%- for measure, (sum_before, sum_after) in sums.items() -%}
        {%- do found.append(('sales', 'fact_sales', 'monthly_income_statement', measure, sum_before, sum_after)) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}
