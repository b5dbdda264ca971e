{# Every combination of the values 1 to max_value of the columns has a row, and no other has. Returns the difference. #}
{% test full_grid(model, columns, max_value) %}

{%- set within = ' between 1 and ' ~ max_value %}
{%- set is_inside = columns | join(within ~ ' and ') ~ within %}
{%- set cells = max_value ** (columns | length) %}

select
    sum(case when {{ is_inside }} then 1 else 0 end) as cells_with_a_row,
    sum(case when {{ is_inside }} then 0 else 1 end) as rows_outside
from {{ model }}
having
    coalesce(sum(case when {{ is_inside }} then 1 else 0 end), 0) <> {{ cells }}
    or coalesce(sum(case when {{ is_inside }} then 0 else 1 end), 0) <> 0

{% endtest %}
