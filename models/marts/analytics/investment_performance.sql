-- One row per investment type: invested and returned amounts, in the reporting currency at the rate of the day of the
-- investment.
-- Many investments are older than the first known rate, and are converted at that one.
with

investments as (select * from {{ ref('fact_investment') }}),

investment_types as (select * from {{ ref('dim_investment_type') }}),

currencies as (select * from {{ ref('dim_currency') }}),

fx_rates as (select * from {{ ref('dim_fx_rate') }}),

first_rates as (
    select
        currency_code,
        min(rate_date) as first_date
    from fx_rates
    group by currency_code
),

converted as (
    select
        investments.investment_id,
        investments.investment_type_id,
        investments.account_id,
        investments.investment_date,
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

-- Amount and return count only together: one without the other would distort the rate of return.
both_converted as (
    select
        *,
        amount_reporting is not null and return_reporting is not null as is_converted
    from converted
),

type_sums as (
    select
        investment_type_id,
        count(*) as investment_count,
        count(distinct account_id) as account_count,
        max(investment_date) as last_investment_date,
        cast(sum(case when investment_return > 0 then 1 else 0 end) as bigint) as winning_count,
        cast(coalesce(sum(case when is_converted then amount_reporting end), 0) as decimal(38, 2))
            as invested_amount_reporting,
        cast(coalesce(sum(case when is_converted then return_reporting end), 0) as decimal(38, 2))
            as returned_amount_reporting,
        cast(sum(case when is_converted then 0 else 1 end) as bigint) as unconverted_count
    from both_converted
    group by investment_type_id
),

final as (
    select
        type_sums.investment_type_id,

        investment_types.investment_type_name,
        type_sums.last_investment_date,

        type_sums.investment_count,
        type_sums.account_count,
        type_sums.winning_count,
        type_sums.invested_amount_reporting,
        type_sums.returned_amount_reporting,
        cast(
            {{ divide('type_sums.returned_amount_reporting', 'type_sums.invested_amount_reporting', 6) }}
            as decimal(38, 6)
        ) as return_on_investment,
        type_sums.unconverted_count
    from type_sums
    inner join investment_types on type_sums.investment_type_id = investment_types.investment_type_id
)

select * from final
