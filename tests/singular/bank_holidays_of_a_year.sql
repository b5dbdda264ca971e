-- Fails if a year has a holiday twice or not at all, because a window of the seed bank_holidays is too wide or too
-- narrow. There are 9 holidays since 1971, 10 since 1986 and 11 since 2021.
with

dates as (select * from {{ ref('dim_date') }}),

counted as (
    select
        year,
        count(holiday_name) as holiday_days,
        count(distinct holiday_name) as holidays
    from dates
    where year >= 1971
    group by year
    having count(*) >= 365
),

final as (
    select
        year,
        holiday_days,
        holidays
    from counted
    where
        holidays <> 9 + case when year >= 1986 then 1 else 0 end + case when year >= 2021 then 1 else 0 end
        or holiday_days <> holidays
)

select * from final
