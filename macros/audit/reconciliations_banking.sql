{#
    What is reconciled within gold of banking, beside what follows from audited_histories and audited_facts. Each line has the
    entity, the tables before and after, the measure, and how the measure is added up before and after.
#}
{% macro banking_reconciliations() %}
    {{ return([
        (
            'loans', 'stg_banking__loans', 'dim_loan', 'loan_amount',
            'sum(loan_amount)',
            'sum(case when is_granted and not is_deleted then loan_amount else 0 end)',
        ),
        (
            'loans', 'dim_loan', 'fact_loan', 'granted_amount',
            'sum(case when is_granted and not is_deleted then loan_amount else 0 end)',
            'sum(granted_amount)',
        ),
        (
            'loan_applications', 'stg_banking__loan_applications', 'fact_loan', 'rows',
            'count(*)',
            'count(application_id)',
        ),
        (
            'loan_applications', 'stg_banking__loan_applications', 'fact_loan', 'requested_amount',
            'sum(requested_amount)',
            'sum(case when application_id is not null then requested_amount else 0 end)',
        ),
        (
            'loan_applications', 'stg_banking__loan_applications', 'fact_loan', 'days',
            sum_of_days('applied_date'),
            sum_of_days('case when application_id is not null then applied_date end'),
        ),
        (
            'investments', 'stg_banking__investments', 'fact_investment', 'investment_return',
            'sum(investment_return)',
            'sum(investment_return)',
        ),
        (
            'locations', 'stg_banking__locations', 'dim_location', 'rows',
            'count(*)',
            "count(case when not is_deleted then nullif(location_id, 'unknown') end)",
        ),
        (
            'transactions', 'stg_banking__transactions', 'fact_transaction', 'amount_signed',
            'sum(amount_signed)',
            'sum(amount_signed)',
        ),
        ('transactions', 'fact_transaction', 'daily_transaction_volume', 'rows', 'count(*)', 'sum(transaction_count)'),
        (
            'transactions', 'fact_transaction', 'daily_transaction_volume', 'days',
            sum_of_days('transaction_date'),
            sum_of_days('transaction_date', 'transaction_count'),
        ),
        (
            'transactions', 'fact_transaction', 'daily_transaction_volume', 'amount',
            'sum(transaction_amount)',
            'sum(transaction_amount)',
        ),
        (
            'transactions', 'fact_transaction', 'daily_transaction_volume', 'posted_amount',
            'sum(posted_amount)',
            'sum(credit_amount - debit_amount)',
        ),
        ('transactions', 'fact_transaction', 'daily_net_balance_change', 'rows', 'count(*)', 'sum(transaction_count)'),
        (
            'transactions', 'fact_transaction', 'daily_net_balance_change', 'posted_amount',
            'sum(posted_amount)',
            'sum(net_change)',
        ),
        (
            'transactions', 'daily_net_balance_change', 'dim_account', 'posted_amount',
            'sum(net_change)',
            'sum(posted_amount)',
        ),
        (
            'transactions', 'fact_transaction', 'daily_net_balance_change', 'days',
            sum_of_days('transaction_date'),
            sum_of_days('transaction_date', 'transaction_count'),
        ),
        ('transactions', 'fact_transaction', 'customer_daily_summary', 'rows', 'count(*)', 'sum(transaction_count)'),
        (
            'transactions', 'fact_transaction', 'customer_daily_summary', 'posted_amount_reporting',
            'sum(posted_amount_reporting)',
            'sum(credit_amount_reporting - debit_amount_reporting)',
        ),
        (
            'transactions', 'fact_transaction', 'customer_daily_summary', 'days',
            sum_of_days('transaction_date'),
            sum_of_days('transaction_date', 'transaction_count'),
        ),
        ('transactions', 'fact_transaction', 'merchant_daily_revenue', 'rows', 'count(*)', 'sum(transaction_count)'),
        (
            'transactions', 'fact_transaction', 'merchant_daily_revenue', 'debit_amount_reporting',
            'sum(case when posted_amount_reporting < 0 then -posted_amount_reporting else 0 end)',
            'sum(revenue_reporting)',
        ),
        (
            'transactions', 'fact_transaction', 'merchant_daily_revenue', 'days',
            sum_of_days('transaction_date'),
            sum_of_days('transaction_date', 'transaction_count'),
        ),
        ('transactions', 'fact_transaction', 'geographic_distribution', 'rows', 'count(*)', 'sum(transaction_count)'),
        (
            'transactions', 'fact_transaction', 'geographic_distribution', 'posted_amount_reporting',
            'sum(abs(posted_amount_reporting))',
            'sum(completed_amount_reporting)',
        ),
        (
            'transactions', 'fact_transaction', 'geographic_distribution', 'days',
            sum_of_days('transaction_date'),
            sum_of_days('transaction_date', 'transaction_count'),
        ),
        ('transactions', 'fact_transaction', 'transaction_features', 'rows', 'count(*)', 'count(*)'),
        (
            'transactions', 'fact_transaction', 'transaction_features', 'amount_reporting',
            'sum(transaction_amount_reporting)',
            'sum(transaction_amount_reporting)',
        ),
        (
            'transactions', 'fact_transaction', 'transaction_features', 'days',
            sum_of_days('event_date'),
            sum_of_days('transaction_date'),
        ),
        ('transactions', 'transaction_features', 'transaction_risk', 'rows', 'count(*)', 'count(*)'),
        (
            'transactions', 'transaction_features', 'transaction_risk', 'amount_reporting',
            'sum(transaction_amount_reporting)',
            'sum(transaction_amount_reporting)',
        ),
        (
            'transactions', 'transaction_features', 'transaction_risk', 'days',
            sum_of_days('transaction_date'),
            sum_of_days('transaction_date'),
        ),
        ('transactions', 'fact_transaction', 'transaction_detail', 'rows', 'count(*)', 'count(*)'),
        (
            'transactions', 'fact_transaction', 'transaction_detail', 'posted_amount',
            'sum(posted_amount)',
            'sum(posted_amount)',
        ),
        (
            'loans', 'dim_loan', 'loan_delinquency', 'granted_amount',
            'sum(case when is_granted and not is_deleted then loan_amount else 0 end)',
            'sum(loan_amount)',
        ),
        ('loan_applications', 'fact_loan', 'loan_approval_rate', 'rows', 'count(*)', 'sum(application_count)'),
        ('investments', 'fact_investment', 'investment_performance', 'rows', 'count(*)', 'sum(investment_count)'),
    ]) }}
{% endmacro %}
