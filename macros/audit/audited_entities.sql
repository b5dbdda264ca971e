{#
    The entities that the audit reconciles through the layers. Each has its key (column names joined by ', '), the control
    amount (none where the entity has no money), belongs_to and happened_at (none where the contract does not name them) and
    the names of its rules, all from the bronze contract, and its models; history is none where the entity has no versions.
    can_withdraw says whether a row can withdraw its key; replaces is the column with the key that a row replaces, or none.

    A new entity is listed here. Its gold tables are declared in audited_histories, audited_facts and the reconciliations.
#}
{% macro audited_entities() %}
    {%- set names = {
        'banking': [
            'customers',
            'accounts',
            'transactions',
            'loans',
            'loan_applications',
            'loan_payments',
            'investments',
            'daily_balances',
            'customer_interactions',
            'merchants',
            'locations',
            'fx_rates',
        ],
        'commerce': [
            'products',
            'cost_of_goods',
            'campaigns',
            'sales',
            'marketing_spend',
        ],
    } -%}
    {%- set histories = {} -%}
    {%- for history in audited_histories() -%}
        {%- do histories.update({(history.domain, history.entity): history.history}) -%}
    {%- endfor -%}
    {%- set entities = [] -%}
    {%- for domain, entity_names in names.items() -%}
        {%- for name in entity_names -%}
            {%- set contract = contract_entity(domain, name) -%}
            {%- do entities.append({
                'domain': domain,
                'name': name,
                'key': contract.key | join(', ') or 'unknown_while_parsing',
                'amount': contract.amount,
                'belongs_to': contract.belongs_to,
                'happened_at': contract.happened_at,
                'base': 'base_' ~ domain ~ '__' ~ name,
                'stg': 'stg_' ~ domain ~ '__' ~ name,
                'history': histories.get((domain, name)),
                'can_withdraw': has_record_status(domain, name),
                'replaces': contract.replaces,
                'rules': entity_rules(domain, name).keys() | list,
            }) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(entities) }}
{% endmacro %}
