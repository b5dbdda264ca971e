{{ config(dist='all', sort='date_id') }}

with

days as (
    {{ dbt_utils.date_spine(
        datepart='day',
        start_date="cast('" ~ var('calendar_start') ~ "' as date)",
        end_date="cast('" ~ var('calendar_end') ~ "' as date)"
    ) }}
),

dated as (
    select cast(date_day as date) as date_day
    from days
),

final as (
    select
        {{ date_id('date_day') }} as date_id,

        date_day as date,
        date_day as full_date,
        cast(extract(year from date_day) as integer) as year,
        cast(extract(quarter from date_day) as integer) as quarter,
        cast(extract(month from date_day) as integer) as month,
        {{ month_name('date_day') }} as month_name,
        cast(extract(day from date_day) as integer) as day_of_month,
        {{ iso_day_of_week('date_day') }} as day_of_week,
        {{ day_name('date_day') }} as day_of_week_name,
        cast(extract(week from date_day) as integer) as week_of_year,
        {{ iso_day_of_week('date_day') }} >= 6 as is_weekend
    from dated
)

select * from final
