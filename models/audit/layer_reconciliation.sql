-- What went into each layer, what was set aside on the way with a reason, and what came out: the difference is zero.
-- Reads whole tables on purpose: a proof that looks only at today cannot see a row that went missing yesterday.
{#
    The borders into and within gold, by domain: entity, table before, table behind, measure, how it is added up before and
    behind. The unknown members came from no file. A row that moved to another day is neither lost nor invented, but its
    days since 1970 are others.
#}
{% set banking_borders = [
    ('customers', 'stg_banking__customers', 'dim_customer', 'rows', 'count(*)', "count(nullif(customer_id, 'unknown'))"),
    ('customers', 'stg_banking__customer_versions', 'dim_customer_history', 'rows', 'count(*)', "count(nullif(customer_id, 'unknown'))"),
    ('accounts', 'stg_banking__accounts', 'dim_account', 'rows', 'count(*)', "count(nullif(account_id, 'unknown'))"),
    ('accounts', 'stg_banking__account_versions', 'dim_account_history', 'rows', 'count(*)', "count(nullif(account_id, 'unknown'))"),
    ('loans', 'stg_banking__loans', 'dim_loan', 'rows', 'count(*)', "sum(case when is_granted and loan_id <> 'unknown' then 1 else 0 end)"),
    ('loans', 'stg_banking__loans', 'dim_loan', 'loan_amount', 'sum(loan_amount)', 'sum(case when is_granted then loan_amount else 0 end)'),
    ('loans', 'stg_banking__loan_versions', 'dim_loan_history', 'rows', 'count(*)', "count(nullif(loan_id, 'unknown'))"),
    ('loans', 'dim_loan', 'fact_loan', 'granted_amount', 'sum(case when is_granted then loan_amount else 0 end)', 'sum(granted_amount)'),
    ('loan_applications', 'stg_banking__loan_applications', 'fact_loan', 'rows', 'count(*)', 'count(application_id)'),
    ('loan_applications', 'stg_banking__loan_applications', 'fact_loan', 'requested_amount', 'sum(requested_amount)', 'sum(case when application_id is not null then requested_amount else 0 end)'),
    ('loan_applications', 'stg_banking__loan_applications', 'fact_loan', 'days', sum_of_days('applied_date'), sum_of_days('case when application_id is not null then applied_date end')),
    ('loan_payments', 'stg_banking__loan_payments', 'fact_loan_payment', 'rows', 'count(*)', 'count(*)'),
    ('loan_payments', 'stg_banking__loan_payments', 'fact_loan_payment', 'payment_amount', 'sum(payment_amount)', 'sum(payment_amount)'),
    ('loan_payments', 'stg_banking__loan_payments', 'fact_loan_payment', 'days', sum_of_days('due_date'), sum_of_days('due_date')),
    ('investments', 'stg_banking__investments', 'fact_investment', 'rows', 'count(*)', 'count(*)'),
    ('investments', 'stg_banking__investments', 'fact_investment', 'investment_amount', 'sum(investment_amount)', 'sum(investment_amount)'),
    ('investments', 'stg_banking__investments', 'fact_investment', 'investment_return', 'sum(investment_return)', 'sum(investment_return)'),
    ('investments', 'stg_banking__investments', 'fact_investment', 'days', sum_of_days('investment_date'), sum_of_days('investment_date')),
    ('customer_interactions', 'stg_banking__customer_interactions', 'fact_customer_interactions', 'rows', 'count(*)', 'count(*)'),
    ('customer_interactions', 'stg_banking__customer_interactions', 'fact_customer_interactions', 'days', sum_of_days('cast(interaction_ts as date)'), sum_of_days('interaction_date')),
    ('daily_balances', 'stg_banking__daily_balances', 'fact_daily_balances', 'rows', 'count(*)', 'count(*)'),
    ('daily_balances', 'stg_banking__daily_balances', 'fact_daily_balances', 'closing_balance', 'sum(closing_balance)', 'sum(closing_balance)'),
    ('daily_balances', 'stg_banking__daily_balances', 'fact_daily_balances', 'days', sum_of_days('balance_date'), sum_of_days('balance_date')),
    ('merchants', 'stg_banking__merchants', 'dim_merchant', 'rows', 'count(*)', "count(nullif(merchant_id, 'unknown'))"),
    ('merchants', 'stg_banking__merchant_versions', 'dim_merchant_history', 'rows', 'count(*)', "count(nullif(merchant_id, 'unknown'))"),
    ('locations', 'stg_banking__locations', 'dim_location', 'rows', 'count(*)', "count(nullif(location_id, 'unknown'))"),
    ('transactions', 'stg_banking__transactions', 'fact_transaction', 'rows', 'count(*)', 'count(*)'),
    ('transactions', 'stg_banking__transactions', 'fact_transaction', 'amount', 'sum(amount)', 'sum(transaction_amount)'),
    ('transactions', 'stg_banking__transactions', 'fact_transaction', 'amount_signed', 'sum(amount_signed)', 'sum(amount_signed)'),
    ('transactions', 'stg_banking__transactions', 'fact_transaction', 'days', sum_of_days('transaction_date'), sum_of_days('transaction_date')),
    ('transactions', 'fact_transaction', 'daily_transaction_volume', 'rows', 'count(*)', 'sum(transaction_count)'),
    ('transactions', 'fact_transaction', 'daily_transaction_volume', 'days', sum_of_days('transaction_date'), sum_of_days('transaction_date', 'transaction_count')),
    ('transactions', 'fact_transaction', 'daily_transaction_volume', 'amount', 'sum(transaction_amount)', 'sum(transaction_amount)'),
    ('transactions', 'fact_transaction', 'daily_transaction_volume', 'posted_amount', 'sum(posted_amount)', 'sum(credit_amount - debit_amount)'),
    ('transactions', 'fact_transaction', 'daily_net_balance_change', 'rows', 'count(*)', 'sum(transaction_count)'),
    ('transactions', 'fact_transaction', 'daily_net_balance_change', 'posted_amount', 'sum(posted_amount)', 'sum(net_change)'),
    ('transactions', 'fact_transaction', 'daily_net_balance_change', 'days', sum_of_days('transaction_date'), sum_of_days('transaction_date', 'transaction_count')),
    ('transactions', 'fact_transaction', 'customer_daily_summary', 'rows', 'count(*)', 'sum(transaction_count)'),
    ('transactions', 'fact_transaction', 'customer_daily_summary', 'posted_amount_usd', 'sum(posted_amount_usd)', 'sum(credit_amount_usd - debit_amount_usd)'),
    ('transactions', 'fact_transaction', 'customer_daily_summary', 'days', sum_of_days('transaction_date'), sum_of_days('transaction_date', 'transaction_count')),
    ('transactions', 'fact_transaction', 'merchant_daily_revenue', 'rows', 'count(*)', 'sum(transaction_count)'),
    ('transactions', 'fact_transaction', 'merchant_daily_revenue', 'debit_amount_usd', 'sum(case when posted_amount_usd < 0 then -posted_amount_usd else 0 end)', 'sum(revenue_usd)'),
    ('transactions', 'fact_transaction', 'merchant_daily_revenue', 'days', sum_of_days('transaction_date'), sum_of_days('transaction_date', 'transaction_count')),
    ('transactions', 'fact_transaction', 'geographic_distribution', 'rows', 'count(*)', 'sum(transaction_count)'),
    ('transactions', 'fact_transaction', 'geographic_distribution', 'posted_amount_usd', 'sum(abs(posted_amount_usd))', 'sum(completed_amount_usd)'),
    ('transactions', 'fact_transaction', 'geographic_distribution', 'days', sum_of_days('transaction_date'), sum_of_days('transaction_date', 'transaction_count')),
    ('transactions', 'fact_transaction', 'transaction_features', 'rows', 'count(*)', 'count(*)'),
    ('transactions', 'fact_transaction', 'transaction_features', 'amount_usd', 'sum(transaction_amount_usd)', 'sum(transaction_amount_usd)'),
    ('transactions', 'fact_transaction', 'transaction_features', 'days', sum_of_days('transaction_date'), sum_of_days('transaction_date')),
    ('transactions', 'transaction_features', 'transaction_risk', 'rows', 'count(*)', 'count(*)'),
    ('transactions', 'transaction_features', 'transaction_risk', 'amount_usd', 'sum(transaction_amount_usd)', 'sum(transaction_amount_usd)'),
    ('transactions', 'transaction_features', 'transaction_risk', 'days', sum_of_days('transaction_date'), sum_of_days('transaction_date')),
    ('transactions', 'fact_transaction', 'transaction_detail', 'rows', 'count(*)', 'count(*)'),
    ('transactions', 'fact_transaction', 'transaction_detail', 'posted_amount', 'sum(posted_amount)', 'sum(posted_amount)'),
    ('loans', 'dim_loan', 'loan_delinquency', 'granted_amount', 'sum(case when is_granted then loan_amount else 0 end)', 'sum(loan_amount)'),
    ('loan_applications', 'fact_loan', 'loan_approval_rate', 'rows', 'count(*)', 'sum(application_count)'),
    ('investments', 'fact_investment', 'investment_performance', 'rows', 'count(*)', 'sum(investment_count)'),
] %}
{% set commerce_borders = [
    ('products', 'stg_commerce__products', 'dim_product', 'rows', 'count(*)', "count(nullif(product_id, 'unknown'))"),
    ('products', 'stg_commerce__product_versions', 'dim_product_history', 'rows', 'count(*)', "count(nullif(product_id, 'unknown'))"),
    ('cost_of_goods', 'stg_commerce__cost_of_goods', 'dim_product_cost', 'rows', 'count(*)', 'count(*)'),
    ('cost_of_goods', 'stg_commerce__cost_of_goods', 'dim_product_cost', 'unit_cost', 'sum(unit_cost)', 'sum(unit_cost)'),
    ('campaigns', 'stg_commerce__campaigns', 'dim_campaign', 'rows', 'count(*)', "count(nullif(campaign_id, 'unknown'))"),
    ('sales', 'stg_commerce__sales', 'fact_sales', 'rows', 'count(*)', 'count(*)'),
    ('sales', 'stg_commerce__sales', 'fact_sales', 'gross_revenue', 'sum(gross_amount)', 'sum(gross_revenue)'),
    ('sales', 'stg_commerce__sales', 'fact_sales', 'net_revenue', 'sum(case when is_returned then 0 else gross_amount - discount_amount end)', 'sum(net_revenue)'),
    ('sales', 'stg_commerce__sales', 'fact_sales', 'days', sum_of_days('sold_date'), sum_of_days('sold_date')),
    ('sales', 'fact_sales', 'product_profitability', 'rows', 'count(*)', 'sum(line_count)'),
    ('sales', 'fact_sales', 'product_profitability', 'net_revenue', 'sum(net_revenue)', 'sum(net_revenue)'),
    ('sales', 'fact_sales', 'product_profitability', 'cogs', 'sum(case when return_flag then 0 else calculated_total_cogs end)', 'sum(cogs)'),
    ('sales', 'fact_sales', 'product_profitability', 'days', sum_of_days('sold_month'), sum_of_days('sold_month', 'line_count')),
    ('sales', 'fact_sales', 'campaign_daily_revenue', 'rows', 'count(*)', 'sum(line_count)'),
    ('sales', 'fact_sales', 'campaign_daily_revenue', 'net_revenue', 'sum(net_revenue)', 'sum(net_revenue)'),
    ('sales', 'fact_sales', 'campaign_daily_revenue', 'days', sum_of_days('sold_date'), sum_of_days('sold_date', 'line_count')),
    ('sales', 'campaign_daily_revenue', 'campaign_performance', 'net_revenue', 'sum(case when is_attributed then net_revenue else 0 end)', 'sum(attributed_net_revenue)'),
    ('marketing_spend', 'stg_commerce__marketing_spend', 'fact_marketing_spend', 'rows', 'count(*)', 'count(*)'),
    ('marketing_spend', 'stg_commerce__marketing_spend', 'fact_marketing_spend', 'spend', 'sum(spend)', 'sum(spend)'),
    ('marketing_spend', 'stg_commerce__marketing_spend', 'fact_marketing_spend', 'days', sum_of_days('spend_date'), sum_of_days('spend_date')),
    ('marketing_spend', 'fact_marketing_spend', 'campaign_performance', 'spend', 'sum(spend)', 'sum(spend)'),
] %}

with

delivered as (
    select
        domain,
        entity,
        sum(delivered_rows) as delivered_rows,
        sum(malformed_rows) as malformed_rows
    from {{ ref('base_control__deliveries') }}
    group by
        domain,
        entity
),

control_totals as (
    select
        deliveries.domain,
        deliveries.entity,
        control_totals.column_name,
        sum(cast(control_totals.total_amount as decimal(38, 2))) as total_amount
    from {{ source('control', 'control_totals') }} as control_totals
    inner join {{ ref('base_control__deliveries') }} as deliveries
        on
            control_totals.bronze_file = deliveries.bronze_file
            and control_totals.batch_id = deliveries.batch_id
    group by
        deliveries.domain,
        deliveries.entity,
        control_totals.column_name
),

outcomes as (
    select
        domain,
        entity,
        sum(base_rows) as base_rows,
        sum(rejected_rows + duplicate_rows + superseded_rows) as set_aside_rows,
        sum(base_amount) as base_amount,
        sum(rejected_amount + duplicate_amount + superseded_amount) as set_aside_amount
    from {{ ref('delivery_outcomes') }}
    group by
        domain,
        entity
),

{% for entity in audited_entities() -%}
{% set money_columns = contract_money_columns(entity.domain, entity.name) -%}
{{ entity.domain }}_{{ entity.name }}_base as (
    -- One column only where the entity has no money.
    select  -- noqa: LT09
        {% for column in money_columns -%}
        sum({{ column }}) as {{ column }},
        {% endfor -%}
        count(*) as layer_rows
    from {{ ref(entity.base) }}
),

{{ entity.domain }}_{{ entity.name }}_stg as (
    -- One column only where the entity has no money.
    select  -- noqa: LT09
        {% if entity.amount -%}
        sum({{ entity.amount }}) as amount,
        {% endif -%}
        count(*) as layer_rows
    from {{ ref(entity.stg) }}
),

{{ entity.domain }}_{{ entity.name }}_steps as (
    select
        {{ text_literal('delivered') }} as from_layer,
        {{ text_literal('base') }} as to_layer,
        {{ text_literal('rows') }} as measure,
        delivered.delivered_rows as amount_in,
        delivered.malformed_rows as amount_set_aside,
        layer.layer_rows as amount_out
    from {{ entity.domain }}_{{ entity.name }}_base as layer
    left join delivered on delivered.domain = '{{ entity.domain }}' and delivered.entity = '{{ entity.name }}'
    {%- for column in money_columns %}
    union all
    select
        {{ text_literal('delivered') }} as from_layer,
        {{ text_literal('base') }} as to_layer,
        {{ text_literal(column) }} as measure,
        control_totals.total_amount as amount_in,
        0 as amount_set_aside,
        layer.{{ column }} as amount_out
    from {{ entity.domain }}_{{ entity.name }}_base as layer
    left join control_totals
        on
            control_totals.domain = '{{ entity.domain }}'
            and control_totals.entity = '{{ entity.name }}'
            and control_totals.column_name = '{{ column }}'
    {%- endfor %}
    union all
    select
        {{ text_literal('base') }} as from_layer,
        {{ text_literal('stg') }} as to_layer,
        {{ text_literal('rows') }} as measure,
        outcomes.base_rows as amount_in,
        outcomes.set_aside_rows as amount_set_aside,
        layer.layer_rows as amount_out
    from {{ entity.domain }}_{{ entity.name }}_stg as layer
    left join outcomes on outcomes.domain = '{{ entity.domain }}' and outcomes.entity = '{{ entity.name }}'
    {%- if entity.amount %}
    union all
    select
        {{ text_literal('base') }} as from_layer,
        {{ text_literal('stg') }} as to_layer,
        {{ text_literal(entity.amount) }} as measure,
        outcomes.base_amount as amount_in,
        outcomes.set_aside_amount as amount_set_aside,
        layer.amount as amount_out
    from {{ entity.domain }}_{{ entity.name }}_stg as layer
    left join outcomes on outcomes.domain = '{{ entity.domain }}' and outcomes.entity = '{{ entity.name }}'
    {%- endif %}
),

{% endfor -%}
gold_steps as (
    {% for domain, borders in [('banking', banking_borders), ('commerce', commerce_borders)] -%}
    {% for entity, from_table, to_table, measure, taken_in, found in borders -%}
    select
        {{ text_literal(domain) }} as domain,
        {{ text_literal(entity) }} as entity,
        {{ text_literal('stg' if from_table.startswith('stg_') else from_table) }} as from_layer,
        {{ text_literal(to_table) }} as to_layer,
        {{ text_literal(measure) }} as measure,
        (select {{ taken_in }} from {{ ref(from_table) }}) as amount_in,
        0 as amount_set_aside,
        (select {{ found }} from {{ ref(to_table) }}) as amount_out
    union all
    {% endfor -%}
    {% endfor -%}
    -- A balance is in the account's own currency: other currencies and accounts not delivered are set aside.
    select
        {{ text_literal('banking') }} as domain,
        {{ text_literal('transactions') }} as entity,
        {{ text_literal('daily_net_balance_change') }} as from_layer,
        {{ text_literal('dim_account') }} as to_layer,
        {{ text_literal('balance') }} as measure,
        (select sum(net_change) from {{ ref('daily_net_balance_change') }}) as amount_in,
        (
            select sum(daily_changes.net_change)
            from {{ ref('daily_net_balance_change') }} as daily_changes
            left join {{ ref('dim_account') }} as dim_accounts
                on
                    daily_changes.account_id = dim_accounts.account_id
                    and daily_changes.currency_code = dim_accounts.currency
            where dim_accounts.account_id is null
        ) as amount_set_aside,
        (select sum(balance) from {{ ref('dim_account') }}) as amount_out
),

steps as (
    {% for entity in audited_entities() -%}
    select
        {{ text_literal(entity.domain) }} as domain,
        {{ text_literal(entity.name) }} as entity,
        {{ entity.domain }}_{{ entity.name }}_steps.*
    from {{ entity.domain }}_{{ entity.name }}_steps
    union all
    {% endfor -%}
    select
        domain,
        entity,
        from_layer,
        to_layer,
        measure,
        amount_in,
        amount_set_aside,
        amount_out
    from gold_steps
),

amounts as (
    select
        domain,
        entity,
        from_layer,
        to_layer,
        measure,

        cast(coalesce(amount_in, 0) as decimal(38, 2)) as amount_in,
        cast(coalesce(amount_set_aside, 0) as decimal(38, 2)) as amount_set_aside,
        cast(coalesce(amount_out, 0) as decimal(38, 2)) as amount_out
    from steps
),

final as (
    select
        domain,
        entity,
        from_layer,
        to_layer,
        measure,

        amount_in,
        amount_set_aside,
        amount_out,
        cast(amount_in - amount_set_aside - amount_out as decimal(38, 2)) as difference
    from amounts
)

select * from final
