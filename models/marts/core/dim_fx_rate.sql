-- One row per currency and day: the value of one unit in the reporting currency. A day without a rate, such as a
-- holiday, has the last rate before it, for a number of days. A unit of the reporting currency is always worth 1.
-- Delivered rates are in US dollars. With another reporting currency, a rate is the quotient of two of them.
{{ config(dist='all') }}
{% set currency = reporting_currency() -%}

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

{% if currency == 'USD' -%}
converted_rates as (
    select
        currency,
        rate_date,
        delivered_rate_date,
        rate_to_usd as rate_to_reporting,
        updated_at,
        _loaded_at
    from daily_rates
),
{%- else -%}
reporting_rates as (
    select *
    from daily_rates
    where currency = {{ quoted(currency) }}
),

-- US dollars need no delivered rate: one is worth 1 dollar on every day.
rates_in_usd as (
    select
        currency,
        rate_date,
        delivered_rate_date,
        rate_to_usd,
        updated_at,
        _loaded_at
    from daily_rates
    where currency <> 'USD'
    union all
    select
        {{ text_literal('USD') }} as currency,
        rate_date,
        delivered_rate_date,
        cast(1 as decimal(18, 10)) as rate_to_usd,
        updated_at,
        _loaded_at
    from reporting_rates
),

-- A quotient is as old as the older of its rates, and changes when either of them is loaded.
converted_rates as (
    select
        rates_in_usd.currency,
        rates_in_usd.rate_date,
        least(rates_in_usd.delivered_rate_date, reporting_rates.delivered_rate_date) as delivered_rate_date,
        {{ cross_rate('rates_in_usd.rate_to_usd', 'reporting_rates.rate_to_usd') }} as rate_to_reporting,
        greatest(rates_in_usd.updated_at, reporting_rates.updated_at) as updated_at,
        greatest(rates_in_usd._loaded_at, reporting_rates._loaded_at) as _loaded_at
    from rates_in_usd
    inner join reporting_rates on rates_in_usd.rate_date = reporting_rates.rate_date
),
{%- endif %}

final as (
    select
        converted_rates.currency as currency_code,
        converted_rates.rate_date,
        dates.date_id,

        converted_rates.delivered_rate_date,
        converted_rates.delivered_rate_date < converted_rates.rate_date as is_carried_forward,
        {{ reporting_rate('converted_rates.currency', 'converted_rates.rate_to_reporting') }} as rate_to_reporting,
        converted_rates.updated_at,

        converted_rates._loaded_at
    from converted_rates
    inner join dates on converted_rates.rate_date = dates.date
)

select * from final
