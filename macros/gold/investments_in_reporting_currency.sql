{#
    The CTEs that convert investments, which need the CTEs investments, currencies and fx_rates. The last one is
    converted_investments: amount and return in the reporting currency at the rate of the day of the investment. Many
    investments are older than the first known rate, and are converted at that one. Amount and return count only together:
    one without the other would distort the rate of return.
#}
{% macro investments_in_reporting_currency() -%}
first_rates as (
    select
        currency_code,
        min(rate_date) as first_date
    from fx_rates
    group by currency_code
),

investments_and_rates as (
    select
        investments.investment_type_id,
        investments.account_id,
        investments.currency_id,
        investments.investment_date,
        investments.investment_amount,
        investments.investment_return,
        {{ in_reporting_currency(
            'investments.investment_amount', 'currencies.currency_code', 'fx_rates.rate_to_reporting'
        ) }} as amount_reporting,
        {{ in_reporting_currency(
            'investments.investment_return', 'currencies.currency_code', 'fx_rates.rate_to_reporting'
        ) }} as return_reporting
    from investments
    inner join currencies on investments.currency_id = currencies.currency_id
    left join first_rates on currencies.currency_code = first_rates.currency_code
    left join fx_rates
        on
            first_rates.currency_code = fx_rates.currency_code
            and greatest(investments.investment_date, first_rates.first_date) = fx_rates.rate_date
),

converted_investments as (
    select
        *,
        amount_reporting is not null and return_reporting is not null as is_converted
    from investments_and_rates
)
{%- endmacro %}
