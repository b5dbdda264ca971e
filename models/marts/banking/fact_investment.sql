-- One row per investment in its latest state. A table: a bank has few investments compared with its transactions.
with

investments as (
    select staged.*
    from {{ ref('stg_banking__investments') }} as staged
    where {{ is_active('staged') }}
),

account_history as (select * from {{ ref('dim_account_history') }}),

customer_history as (select * from {{ ref('dim_customer_history') }}),

investment_types as (select * from {{ ref('dim_investment_type') }}),

currencies as (select * from {{ ref('dim_currency') }}),

final as (
    select
        investments.investment_id,
        coalesce(account_history.account_id, 'unknown') as account_id,
        coalesce(account_history.account_sk, 'unknown') as account_sk,
        coalesce(customer_history.customer_id, 'unknown') as customer_id,
        coalesce(customer_history.customer_sk, 'unknown') as customer_sk,
        {{ date_id('investments.investment_date') }} as date_id,
        coalesce(investment_types.investment_type_id, -1) as investment_type_id,
        coalesce(currencies.currency_id, -1) as currency_id,

        investments.account_id as delivered_account_id,
        investments.investment_date,
        investments.updated_at,

        investments.investment_amount,
        investments.investment_return,

        investments._source_file,
        investments._source_line,
        investments._loaded_at
    from investments
    left join account_history
        on
            investments.account_id = account_history.account_id
            and {{ valid_at_end_of('account_history', 'investments.investment_date', 'banking') }}
    left join customer_history
        on
            account_history.delivered_customer_id = customer_history.customer_id
            and {{ valid_at_end_of('customer_history', 'investments.investment_date', 'banking') }}
    left join investment_types on investments.investment_type = investment_types.investment_type_name
    left join currencies on investments.currency = currencies.currency_code
)

select * from final
