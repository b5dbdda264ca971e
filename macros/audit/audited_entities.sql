{#
    The entities whose way the audit follows: name, key (its columns), the money column that is followed through the
    layers (none where the entity moves no money), and the rules that its base model judges by.
#}
{% macro audited_entities() %}
    {%- set entities = [
        {'domain': 'banking', 'name': 'customers', 'key': 'customer_id', 'amount': none, 'history': 'dim_customer_history'},
        {'domain': 'banking', 'name': 'accounts', 'key': 'account_id', 'amount': none, 'history': 'dim_account_history'},
        {'domain': 'banking', 'name': 'transactions', 'key': 'transaction_id', 'amount': 'amount'},
        {'domain': 'banking', 'name': 'loans', 'key': 'loan_id', 'amount': 'loan_amount', 'history': 'dim_loan_history'},
        {'domain': 'banking', 'name': 'loan_applications', 'key': 'application_id', 'amount': 'requested_amount'},
        {'domain': 'banking', 'name': 'loan_payments', 'key': 'payment_id', 'amount': 'payment_amount'},
        {'domain': 'banking', 'name': 'investments', 'key': 'investment_id', 'amount': 'investment_amount'},
        {'domain': 'banking', 'name': 'daily_balances', 'key': 'account_id, balance_date', 'amount': 'closing_balance'},
        {'domain': 'banking', 'name': 'customer_interactions', 'key': 'interaction_id', 'amount': none},
        {'domain': 'banking', 'name': 'merchants', 'key': 'merchant_id', 'amount': none, 'history': 'dim_merchant_history'},
        {'domain': 'banking', 'name': 'locations', 'key': 'location_id', 'amount': none},
        {'domain': 'banking', 'name': 'fx_rates', 'key': 'currency, rate_date', 'amount': none},
        {'domain': 'commerce', 'name': 'products', 'key': 'product_id', 'amount': none, 'history': 'dim_product_history'},
        {'domain': 'commerce', 'name': 'cost_of_goods', 'key': 'product_id, effective_date', 'amount': none},
        {'domain': 'commerce', 'name': 'campaigns', 'key': 'campaign_id', 'amount': none},
        {'domain': 'commerce', 'name': 'sales', 'key': 'order_line_id', 'amount': 'gross_amount'},
        {'domain': 'commerce', 'name': 'marketing_spend', 'key': 'campaign_id, spend_date', 'amount': 'spend'},
    ] -%}
    {%- for entity in entities -%}
        {%- set base_name = 'base_' ~ entity.domain ~ '__' ~ entity.name -%}
        {%- do entity.update({
            'base': base_name,
            'stg': 'stg_' ~ entity.domain ~ '__' ~ entity.name,
            'rules': (entity_rules(entity.domain, entity.name).keys() | list) if execute and graph.nodes is defined else [],
        }) -%}
    {%- endfor -%}
    {{ return(entities) }}
{% endmacro %}
