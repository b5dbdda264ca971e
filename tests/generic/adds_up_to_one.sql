{#
    The shares of each group add up to 1, each of them rounded to six decimals: n of them may be off by n halves of the last
    one. A group without shares (a day on which nothing was spent) has nothing to add up. Returns the groups that do not.
#}
{% test adds_up_to_one(model, column_name, group_by) %}

select
    {{ group_by }},
    sum({{ column_name }}) as share
from {{ model }}
group by {{ group_by }}
having abs(sum({{ column_name }}) - 1) * 2000000 > count({{ column_name }})

{% endtest %}
