{#
    The facts of gold.

    entity: the entity of which the fact has one row per row of stg, with its file and line; none for other facts.
    amount: the fact's column with the control amount, and stg_amount the entity's; none where the entity has no money.
    day, stg_day: the business date in the fact and in stg.
    happened: the fact's date on which the event happened; none where dates may lie ahead.
    booked: the fact's date on which it counts, where that may be a few days later.
    keys: the dimensions that the fact points at, each with the column of the key, and the column that holds the delivered
        key where the source need not give one (none where it always does).
#}
{% macro audited_facts() %}
    {%- set always_given = none -%}
    {{ return([
        {
            'table': 'fact_transaction',
            'domain': 'banking',
            'entity': 'transactions',
            'amount': 'transaction_amount',
            'stg_amount': 'amount',
            'day': 'transaction_date',
            'stg_day': 'transaction_date',
            'happened': 'event_date',
            'booked': 'transaction_date',
            'keys': [
                ('dim_account', 'account_id', always_given),
                ('dim_customer', 'customer_id', always_given),
                ('dim_merchant', 'merchant_id', 'delivered_merchant_id'),
                ('dim_location', 'location_id', 'delivered_location_id'),
            ],
        },
        {
            'table': 'fact_daily_balances',
            'domain': 'banking',
            'entity': 'daily_balances',
            'amount': 'closing_balance',
            'stg_amount': 'closing_balance',
            'day': 'balance_date',
            'stg_day': 'balance_date',
            'happened': 'balance_date',
            'keys': [
                ('dim_account', 'account_id', always_given),
                ('dim_customer', 'customer_id', always_given),
            ],
        },
        {
            'table': 'fact_loan',
            'domain': 'banking',
            'entity': none,
            'day': 'applied_date',
            'happened': 'applied_date',
            'keys': [('dim_customer', 'customer_id', 'delivered_customer_id')],
        },
        {
            'table': 'fact_loan_payment',
            'domain': 'banking',
            'entity': 'loan_payments',
            'amount': 'payment_amount',
            'stg_amount': 'payment_amount',
            'day': 'due_date',
            'stg_day': 'due_date',
            'happened': none,
            'keys': [('dim_loan', 'loan_id', always_given)],
        },
        {
            'table': 'fact_investment',
            'domain': 'banking',
            'entity': 'investments',
            'amount': 'investment_amount',
            'stg_amount': 'investment_amount',
            'day': 'investment_date',
            'stg_day': 'investment_date',
            'happened': 'investment_date',
            'keys': [
                ('dim_account', 'account_id', always_given),
                ('dim_customer', 'customer_id', always_given),
            ],
        },
        {
            'table': 'fact_customer_interactions',
            'domain': 'banking',
            'entity': 'customer_interactions',
            'amount': none,
            'stg_amount': none,
            'day': 'interaction_date',
            'stg_day': 'coalesce(interaction_date, cast(interaction_ts as date))',
            'happened': 'interaction_date',
            'keys': [('dim_customer', 'customer_id', always_given)],
        },
        {
            'table': 'fact_sales',
            'domain': 'commerce',
            'entity': 'sales',
            'amount': 'gross_revenue',
            'stg_amount': 'gross_amount',
            'day': 'sold_date',
            'stg_day': 'sold_date',
            'happened': 'sold_date',
            'keys': [
                ('dim_product', 'product_key', 'delivered_product_id'),
                ('dim_customer', 'customer_key', 'delivered_customer_id'),
                ('dim_campaign', 'campaign_key', 'delivered_campaign_id'),
            ],
        },
        {
            'table': 'fact_marketing_spend',
            'domain': 'commerce',
            'entity': 'marketing_spend',
            'amount': 'spend',
            'stg_amount': 'spend',
            'day': 'spend_date',
            'stg_day': 'spend_date',
            'happened': 'spend_date',
            'keys': [('dim_campaign', 'campaign_key', always_given)],
        },
    ]) }}
{% endmacro %}
