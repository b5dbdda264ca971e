{# Each key has exactly one current version. Returns the keys with none or several. #}
{% test one_current_version(model, key) %}

select
    {{ key }},
    sum(case when is_current then 1 else 0 end) as current_versions
from {{ model }}
group by {{ key }}
having sum(case when is_current then 1 else 0 end) <> 1

{% endtest %}
