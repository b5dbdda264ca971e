-- One row per investment type: invested and returned amounts, in the reporting currency at the rate of the day of the
-- investment.
with

investments as (select * from {{ ref('fact_investment') }}),

investment_types as (select * from {{ ref('dim_investment_type') }}),

currencies as (select * from {{ ref('dim_currency') }}),

fx_rates as (select * from {{ ref('dim_fx_rate') }}),

{{ investments_in_reporting_currency() }},

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
    from converted_investments
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
