{#
    The ranges of a table start at a number, follow each other without a gap or an overlap, and the last one is open: its
    upper bound is null. Both bounds are included. Returns the ranges that do not fit, and a row if there is no range.
#}
{% test contiguous_ranges(model, lower, upper, start) %}

with

ranges as (
    select
        {{ lower }} as lower_bound,
        {{ upper }} as upper_bound,
        lag({{ upper }}) over (order by {{ lower }}) as previous_upper_bound,
        row_number() over (order by {{ lower }}) as range_number,
        count(*) over () as range_count
    from {{ model }}
),

wrong as (
    select
        lower_bound,
        upper_bound
    from ranges
    where
        lower_bound is null
        or coalesce(upper_bound, lower_bound) < lower_bound
        or (range_number = 1 and lower_bound <> {{ start }})
        or (range_number > 1 and coalesce(previous_upper_bound + 1 <> lower_bound, true))
        or (range_number = range_count and upper_bound is not null)
),

missing as (
    select
        cast(null as integer) as lower_bound,
        cast(null as integer) as upper_bound
    from ranges
    having count(*) = 0
)

select * from wrong
union all
select * from missing

{% endtest %}
