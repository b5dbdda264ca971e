{{ config(dist='all', sort='date_id') }}

{#- A fiscal year is named after the calendar year in which it ends. #}
{%- set first_month = fiscal_year_first_month() %}

with

days as (
    {{ dbt_utils.date_spine(
        datepart='day',
        start_date="cast('" ~ var('calendar_start') ~ "' as date)",
        end_date="cast('" ~ var('calendar_end') ~ "' as date)"
    ) }}
),

holidays as (select * from {{ ref('bank_holidays') }}),

dated as (
    select cast(date_day as date) as date_day
    from days
),

date_parts as (
    select
        date_day,
        cast(extract(year from date_day) as integer) as year,
        cast(extract(quarter from date_day) as integer) as quarter,
        cast(extract(month from date_day) as integer) as month,
        cast(extract(day from date_day) as integer) as day_of_month,
        {{ iso_day_of_week('date_day') }} as day_of_week,
        cast(extract(week from date_day) as integer) as week_of_year,
        cast(mod(cast(extract(month from date_day) as integer) + {{ 12 - first_month }}, 12) + 1 as integer)
            as fiscal_month
    from dated
),

fiscal_parts as (
    select
        *,
        year + case when {{ first_month }} > 1 and month >= {{ first_month }} then 1 else 0 end as fiscal_year,
        case
            when fiscal_month <= 3 then 1
            when fiscal_month <= 6 then 2
            when fiscal_month <= 9 then 3
            else 4
        end as fiscal_quarter
    from date_parts
),

final as (
    select
        {{ date_id('fiscal_parts.date_day') }} as date_id,

        fiscal_parts.date_day as date,
        fiscal_parts.date_day as full_date,
        fiscal_parts.year,
        fiscal_parts.quarter,
        fiscal_parts.month,
        {{ month_name('fiscal_parts.date_day') }} as month_name,
        fiscal_parts.day_of_month,
        fiscal_parts.day_of_week,
        {{ day_name('fiscal_parts.date_day') }} as day_of_week_name,
        fiscal_parts.week_of_year,
        fiscal_parts.fiscal_year,
        fiscal_parts.fiscal_quarter,
        fiscal_parts.fiscal_month,
        cast(
            'FY' || cast(fiscal_parts.fiscal_year as varchar(8)) || '-Q'
            || cast(fiscal_parts.fiscal_quarter as varchar(8))
            as varchar(16)
        ) as fiscal_year_quarter,
        cast(
            'FY' || cast(fiscal_parts.fiscal_year as varchar(8)) || '-'
            || case when fiscal_parts.fiscal_month < 10 then 'M0' else 'M' end
            || cast(fiscal_parts.fiscal_month as varchar(8))
            as varchar(16)
        ) as fiscal_year_month,
        fiscal_parts.day_of_week >= 6 as is_weekend,
        holidays.holiday_name is not null as is_holiday,
        holidays.holiday_name
    from fiscal_parts
    left join holidays
        on
            fiscal_parts.month = holidays.month
            and fiscal_parts.day_of_month between holidays.first_day and holidays.last_day
            and fiscal_parts.day_of_week between holidays.first_weekday and holidays.last_weekday
            and fiscal_parts.year between holidays.first_year and holidays.last_year
)

select * from final
