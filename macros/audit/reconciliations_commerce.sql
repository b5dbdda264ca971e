{#
    What is reconciled within gold of commerce, beside what follows from audited_histories and audited_facts. Each line has the
    entity, the tables before and after, the measure, and how the measure is added up before and after.
#}
{% macro commerce_reconciliations() %}
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
        ('sales', 'fact_sales', 'product_profitability', 'rows', 'count(*)', 'sum(line_count)'),
        ('sales', 'fact_sales', 'product_profitability', 'net_revenue', 'sum(net_revenue)', 'sum(net_revenue)'),
        (
            'sales', 'fact_sales', 'product_profitability', 'cogs',
            'sum(case when return_flag then 0 else calculated_total_cogs end)',
            'sum(cogs)',
        ),
        (
            'sales', 'fact_sales', 'product_profitability', 'days',
            sum_of_days('sold_month'),
            sum_of_days('sold_month', 'line_count'),
        ),
        ('sales', 'fact_sales', 'campaign_daily_revenue', 'rows', 'count(*)', 'sum(line_count)'),
        ('sales', 'fact_sales', 'campaign_daily_revenue', 'net_revenue', 'sum(net_revenue)', 'sum(net_revenue)'),
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
    ]) }}
{% endmacro %}
