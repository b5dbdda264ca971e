-- One row per transaction: its fraud score and the rules that it hits. Weights are in the seed risk_rules.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['transaction_id'],
    on_schema_change='fail',
    dist='account_id',
    sort='transaction_date',
    post_hook="{{ remove_withdrawn('transaction_features') }}",
) }}

{%- set rules = {
    'tiny_payment_run': 'features.is_in_tiny_payment_run',
    'large_after_tiny_payments': 'features.is_after_tiny_payment_run',
    'impossible_travel': 'features.is_impossible_travel',
    'cash_below_limit': 'features.is_cash_below_limit',
    'repeated_cash_below_limit': 'features.is_in_cash_below_limit_run',
    'night_withdrawal_run': 'features.is_in_night_withdrawal_run',
    'night_cash_far_from_home': 'features.is_night_withdrawal and features.distance_from_home_km > 500',
    'transfer_run': 'features.is_in_transfer_run',
    'passes_transfers_on': 'features.is_after_transfer_run',
    'payment_out_run': 'features.is_in_payment_out_run',
    'money_for_payments_out': 'features.is_before_payment_out_run',
    'unusual_amount': 'features.outlier_score >= 4 and features.transaction_amount_reporting >= 200',
    'far_from_home': 'features.distance_from_home_km > 1000',
    'night': 'features.is_night',
} %}

with

features as (
    select *
    from {{ ref('transaction_features') }}
    where {{ loaded_since_last_run('_built_at') }}
),

risk_rules as (select * from {{ ref('risk_rules') }}),

-- A single row.
weights as (
    {{ rule_weights(rules) }}
),

scored as (
    select
        features.*,
        {{ risk_score(rules) }} as risk_score,
        {{ risk_reasons(rules) }} as risk_reasons
    from features
    cross join weights
),

final as (
    select
        transaction_id,
        account_id,
        customer_id,
        date_id,

        transaction_ts,
        transaction_date,
        cast(risk_reasons as varchar(8192)) as risk_reasons,
        risk_score >= {{ var('high_risk_score') }} as is_high_risk,

        cast(risk_score as integer) as risk_score,
        transaction_amount_reporting,

        _built_at
    from scored
)

{{ fingerprinted('final') }}
