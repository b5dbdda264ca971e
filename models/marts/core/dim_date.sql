{{ config(dist='all', sort='date_id') }}

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
        cast(extract(week from date_day) as integer) as week_of_year
    from dated
),

final as (
    select
        {{ date_id('date_parts.date_day') }} as date_id,

        date_parts.date_day as date,
        date_parts.date_day as full_date,
        date_parts.year,
        date_parts.quarter,
        date_parts.month,
        {{ month_name('date_parts.date_day') }} as month_name,
        date_parts.day_of_month,
        date_parts.day_of_week,
        {{ day_name('date_parts.date_day') }} as day_of_week_name,
        date_parts.week_of_year,
        date_parts.day_of_week >= 6 as is_weekend,
        holidays.holiday_name is not null as is_holiday,
        holidays.holiday_name
    from date_parts
    left join holidays
        on
            date_parts.month = holidays.month
            and date_parts.day_of_month between holidays.first_day and holidays.last_day
            and date_parts.day_of_week between holidays.first_weekday and holidays.last_weekday
            and date_parts.year between holidays.first_year and holidays.last_year
)

select * from final
