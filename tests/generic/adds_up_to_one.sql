{#
    The shares of each group add up to 1. Each share is rounded to six decimals, so the sum of n shares can differ by n halves
    of the sixth decimal. A group that has only nulls (a day without spend) passes. Returns the other groups.
#}
{% test adds_up_to_one(model, column_name, group_by) %}

select
    {{ group_by }},
    sum({{ column_name }}) as share
from {{ model }}
group by {{ group_by }}
having abs(sum({{ column_name }}) - 1) * 2000000 > count({{ column_name }})

{% endtest %}
