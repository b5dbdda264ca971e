{#
    The control tables, and the models of gold that keep rows from one run to the next. Their rows have fingerprints, which
    changed_rows checks.
#}
{% macro fingerprinted_models() %}
    {%- set names = [
        'base_control__control_totals',
        'base_control__deliveries',
        'base_control__malformed_lines',
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
        'transaction_habits',
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
    The tables that changed_rows checks, as mappings: the table, the columns that its fingerprint covers, the columns of its
    key, and whether its rows have a file and a line.
#}
{% macro fingerprinted_tables() %}
    {%- set tables = [] -%}
    {%- for name in fingerprinted_models() -%}
        {%- set node = graph.nodes['model.' ~ project_name ~ '.' ~ name] if execute else {} -%}
        {%- set columns = built_columns(node) -%}
        {%- set identifiers = [] -%}
        {%- for column in columns if column.endswith('_id') or column.endswith('_date') -%}
            {%- do identifiers.append(column) -%}
        {%- endfor -%}
        {%- do tables.append({
            'name': name,
            'columns': columns or ['unknown_while_parsing'],
            'key': (node.config.unique_key if node else none) or identifiers or columns[:3] or ['unknown_while_parsing'],
            'has_file': '_source_file' in columns and '_source_line' in columns,
        }) -%}
    {%- endfor -%}
    {%- for history in audited_histories() -%}
        {%- do tables.append({
            'name': history.snapshot,
            'columns': content_columns(history),
            'key': [history.key],
            'has_file': true,
        }) -%}
    {%- endfor -%}
    {{ return(tables) }}
{% endmacro %}


{#
    The rows of a table whose fingerprint is not that of their values.

    table: one of fingerprinted_tables.
#}
{% macro rows_changed_since_built(table) -%}
    select
        {{ text_literal(table.name) }} as table_name,
        cast(
            {%- for column in table.key %}
            {{ "|| ', ' || " if not loop.first }}coalesce('{{ column }} ' || cast({{ column }} as varchar(256)), '')
            {%- endfor %}
            as varchar(1024)
        ) as business_key,
        {{ '_source_file' if table.has_file else 'cast(null as varchar(1024))' }} as source_file,
        {{ '_source_line' if table.has_file else 'cast(null as integer)' }} as source_line
    from {{ ref(table.name) }}
    where _fingerprint <> {{ fingerprint(table.columns) }}
{%- endmacro %}
