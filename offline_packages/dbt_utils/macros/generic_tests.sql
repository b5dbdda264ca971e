{# The generic tests this project uses; each returns the rows that break it. #}

{% test unique_combination_of_columns(model, combination_of_columns) %}
select {{ combination_of_columns | join(', ') }}
from {{ model }}
group by {{ combination_of_columns | join(', ') }}
having count(*) > 1
{% endtest %}


{% test expression_is_true(model, expression, column_name=None) %}
select *
from {{ model }}
where not ({{ (column_name ~ ' ') if column_name else '' }}{{ expression }})
{% endtest %}


{% test accepted_range(model, column_name, min_value=none, max_value=none, inclusive=true) %}
select *
from {{ model }}
where
    false
    {%- if min_value is not none %}
    or {{ column_name }} {{ '<' if inclusive else '<=' }} {{ min_value }}
    {%- endif %}
    {%- if max_value is not none %}
    or {{ column_name }} {{ '>' if inclusive else '>=' }} {{ max_value }}
    {%- endif %}
{% endtest %}


{% test mutually_exclusive_ranges(
    model, lower_bound_column, upper_bound_column, partition_by=None, gaps='allowed', zero_length_range_allowed=False
) %}
{%- set meets = {'allowed': '<=', 'not_allowed': '=', 'required': '<'} -%}
{%- if gaps not in meets -%}
    {{ exceptions.raise_compiler_error(
        "mutually_exclusive_ranges: gaps is one of " ~ (meets | join(', ')) ~ ", not '" ~ gaps ~ "'"
    ) }}
{%- endif %}
with ordered as (
    select
        {% if partition_by %}{{ partition_by }} as partition_key,{% endif %}
        {{ lower_bound_column }} as lower_bound,
        {{ upper_bound_column }} as upper_bound,
        lead({{ lower_bound_column }}) over (
            {% if partition_by %}partition by {{ partition_by }}{% endif %}
            order by {{ lower_bound_column }}, {{ upper_bound_column }}
        ) as next_lower_bound,
        row_number() over (
            {% if partition_by %}partition by {{ partition_by }}{% endif %}
            order by {{ lower_bound_column }} desc, {{ upper_bound_column }} desc
        ) as place_from_the_end
    from {{ model }}
)

select *
from ordered
where
    not coalesce(lower_bound {{ '<=' if zero_length_range_allowed else '<' }} upper_bound, false)
    or not coalesce(upper_bound {{ meets[gaps] }} next_lower_bound, place_from_the_end = 1)
{% endtest %}
