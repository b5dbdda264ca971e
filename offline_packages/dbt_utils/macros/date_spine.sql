{# One row a datepart from start_date up to, not including, end_date; the column is date_<datepart>. #}
{% macro date_spine(datepart, start_date, end_date) -%}
    {%- if execute -%}
        {%- set counted = run_query("select " ~ dbt.datediff(start_date, end_date, datepart)) -%}
        {%- set steps = counted.columns[0].values()[0] | int -%}
    {%- else -%}
        {%- set steps = 1 -%}
    {%- endif -%}
    with digits as (
        {% for digit in range(10) -%}
        select {{ digit }} as digit {% if not loop.last %}union all{% endif %}
        {% endfor %}
    ),

    numbers as (
        select
            0
            {%- for place in range((steps | string) | length) %}
            + digit_{{ place }}.digit * {{ 10 ** place }}
            {%- endfor %} as step_number
        from digits as digit_0
        {%- for place in range(1, (steps | string) | length) %}
        cross join digits as digit_{{ place }}
        {%- endfor %}
    )

    select {{ dbt.dateadd(datepart, 'step_number', start_date) }} as date_{{ datepart }}
    from numbers
    where step_number < {{ steps }}
{%- endmacro %}
