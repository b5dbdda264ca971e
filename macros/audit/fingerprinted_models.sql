{# The models of gold that keep rows from one run to the next. Their rows have fingerprints, which changed_rows checks. #}
{% macro fingerprinted_models() %}
    {%- set names = [
        'fact_customer_interactions',
        'fact_daily_balances',
        'fact_loan_payment',
        'fact_marketing_spend',
        'fact_sales',
        'fact_transaction',
        'campaign_daily_revenue',
        'channel_effectiveness',
        'customer_balance_trend',
        'customer_daily_summary',
        'customer_spend',
        'customer_spend_monthly',
        'daily_net_balance_change',
        'daily_transaction_totals',
        'geographic_distribution',
        'merchant_category_totals',
        'merchant_daily_revenue',
        'product_profitability',
        'transaction_features',
        'transaction_risk',
    ] -%}
    {%- if execute and graph.nodes is defined -%}
        {%- for node in graph.nodes.values()
            if node.resource_type == 'model' and node.config.materialized == 'incremental' and 'marts' in node.fqn
            and node.name not in names -%}
            {{ exceptions.raise_compiler_error(
                "The model " ~ node.name ~ " keeps rows from one run to the next. Add it to fingerprinted_models in "
                ~ "macros/audit/fingerprinted_models.sql, and end it with fingerprinted('final'), so that the audit checks its rows."
            ) }}
        {%- endfor -%}
    {%- endif -%}
    {{ return(names) }}
{% endmacro %}


{#
    The rows of a table of gold whose fingerprint is not that of their values.

    name: one of fingerprinted_models.
#}
{% macro rows_changed_since_built(name) -%}
    {%- set node = graph.nodes.get('model.' ~ project_name ~ '.' ~ name, {}) if execute and graph.nodes is defined else {} -%}
    {%- set columns = built_columns(node) if node else [] -%}
    {%- set key = [] -%}
    {%- for column in (node.config.unique_key if node else none) or columns -%}
        {%- if node.config.unique_key or column.endswith('_id') or column.endswith('_date') -%}
            {%- do key.append("coalesce('" ~ column ~ " ' || cast(" ~ column ~ " as varchar(256)), '')") -%}
        {%- endif -%}
    {%- endfor -%}
    select
        {{ text_literal(name) }} as table_name,
        cast({{ key | join(" || ', ' || ") or 'null' }} as varchar(1024)) as business_key,
        {{ '_source_file' if '_source_file' in columns else 'cast(null as varchar(1024))' }} as source_file,
        {{ '_source_line' if '_source_line' in columns else 'cast(null as integer)' }} as source_line
    from {{ ref(name) }}
    where _fingerprint <> {{ fingerprint(columns) if columns else '0' }}
{%- endmacro %}
