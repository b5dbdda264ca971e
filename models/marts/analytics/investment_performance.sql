-- What has each type of investment returned? In US dollars, by the rate of the day on which it was made; investments of
-- the time before the first rate, of which there are many, by the first rate.
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
        investments.investment_return,
        {{ in_usd('investments.investment_amount', 'fx_rates.rate_to_usd') }} as amount_usd,
        {{ in_usd('investments.investment_return', 'fx_rates.rate_to_usd') }} as return_usd
    from investments
    inner join currencies on investments.currency_id = currencies.currency_id
    left join first_rates on currencies.currency_code = first_rates.currency_code
    left join fx_rates
        on
            first_rates.currency_code = fx_rates.currency_code
            and greatest(investments.investment_date, first_rates.first_date) = fx_rates.rate_date
),

-- An amount without its return, or the other way round, would be no rate of return.
both_converted as (
    select
        *,
        amount_usd is not null and return_usd is not null as is_converted
    from converted
),

added_up as (
    select
        investment_type_id,
        count(*) as investment_count,
        count(distinct account_id) as account_count,
        cast(sum(case when investment_return > 0 then 1 else 0 end) as bigint) as winning_count,
        cast(coalesce(sum(case when is_converted then amount_usd end), 0) as decimal(38, 2)) as invested_amount_usd,
        cast(coalesce(sum(case when is_converted then return_usd end), 0) as decimal(38, 2)) as returned_amount_usd,
        cast(sum(case when is_converted then 0 else 1 end) as bigint) as unconverted_count
    from both_converted
    group by investment_type_id
),

final as (
    select
        added_up.investment_type_id,

        investment_types.investment_type_name,

        added_up.investment_count,
        added_up.account_count,
        added_up.winning_count,
        added_up.invested_amount_usd,
        added_up.returned_amount_usd,
        cast({{ divide('added_up.returned_amount_usd', 'added_up.invested_amount_usd', 6) }} as decimal(38, 6))
            as return_on_investment,
        added_up.unconverted_count
    from added_up
    inner join investment_types on added_up.investment_type_id = investment_types.investment_type_id
)

select * from final
