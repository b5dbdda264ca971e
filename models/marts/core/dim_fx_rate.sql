-- One row per currency and day: the value of one unit in the reporting currency. A day without a rate, such as a
-- holiday, has the last rate before it, for a number of days. A unit of the reporting currency is always worth 1.
with

fx_rates as (select * from {{ ref('stg_banking__fx_rates') }}),

dates as (select * from {{ ref('dim_date') }}),

days_after as (
    {% for number in range(var('fx_rate_valid_days') + 1) -%}
    select {{ number }} as number_of_days
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

followed_rates as (
    select
        *,
        lead(rate_date) over (
            partition by currency
            order by rate_date
        ) as next_rate_date
    from fx_rates
),

daily_rates as (
    select
        followed_rates.currency,
        followed_rates.rate_date as delivered_rate_date,
        followed_rates.rate_to_usd,
        followed_rates.updated_at,
        followed_rates._loaded_at,
        cast({{ dbt.dateadd('day', 'days_after.number_of_days', 'followed_rates.rate_date') }} as date) as rate_date
    from followed_rates
    cross join days_after
    where
        followed_rates.next_rate_date is null
        or {{ dbt.dateadd('day', 'days_after.number_of_days', 'followed_rates.rate_date') }}
        < followed_rates.next_rate_date
),

final as (
    select
        daily_rates.currency as currency_code,
        daily_rates.rate_date,
        dates.date_id,

        daily_rates.delivered_rate_date,
        daily_rates.delivered_rate_date < daily_rates.rate_date as is_carried_forward,
        {{ reporting_rate('daily_rates.currency', 'daily_rates.rate_to_usd') }} as rate_to_reporting,
        daily_rates.updated_at,

        daily_rates._loaded_at
    from daily_rates
    inner join dates on daily_rates.rate_date = dates.date
)

select * from final
