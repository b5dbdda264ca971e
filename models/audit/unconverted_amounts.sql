-- Amounts that could not be converted into the reporting currency, because there is no exchange rate for the day or the
-- days before it. Totals in the reporting currency leave them out. Empty if everything was converted.
with

transactions as (select * from {{ ref('fact_transaction') }}),

balances as (select * from {{ ref('fact_daily_balances') }}),

sales as (select * from {{ ref('fact_sales') }}),

investments as (select * from {{ ref('fact_investment') }}),

currencies as (select * from {{ ref('dim_currency') }}),

fx_rates as (select * from {{ ref('dim_fx_rate') }}),

-- Investments have no amounts in the reporting currency: investment_performance converts them, by the same rule.
{{ investments_in_reporting_currency() }},

unconverted as (
    select
        {{ text_literal('fact_transaction') }} as fact,
        currency_id,
        count(*) as unconverted_count,
        {{ wide_value('sum(transaction_amount)') }} as unconverted_amount,
        min(transaction_date) as oldest_date
    from transactions
    where transaction_amount_reporting is null
    group by currency_id
    union all
    select
        {{ text_literal('fact_daily_balances') }} as fact,
        currency_id,
        count(*) as unconverted_count,
        {{ wide_value('sum(closing_balance)') }} as unconverted_amount,
        min(balance_date) as oldest_date
    from balances
    where closing_balance_reporting is null
    group by currency_id
    union all
    select
        {{ text_literal('fact_sales') }} as fact,
        currency_id,
        count(*) as unconverted_count,
        {{ wide_value('sum(gross_revenue)') }} as unconverted_amount,
        min(sold_date) as oldest_date
    from sales
    where gross_revenue_reporting is null
    group by currency_id
    union all
    select
        {{ text_literal('fact_investment') }} as fact,
        currency_id,
        count(*) as unconverted_count,
        {{ wide_value('sum(investment_amount)') }} as unconverted_amount,
        min(investment_date) as oldest_date
    from converted_investments
    where not is_converted
    group by currency_id
),

final as (
    select
        unconverted.fact,
        currencies.currency_code,

        unconverted.oldest_date,

        cast(unconverted.unconverted_count as bigint) as unconverted_count,
        cast(unconverted.unconverted_amount as decimal(38, 2)) as unconverted_amount
    from unconverted
    inner join currencies on unconverted.currency_id = currencies.currency_id
)

select * from final
