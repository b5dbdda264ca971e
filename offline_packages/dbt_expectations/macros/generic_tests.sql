{# The generic tests this project uses; each returns the rows that break it. #}

{% test expect_column_value_lengths_to_equal(model, column_name, value, row_condition=None) %}
select *
from {{ model }}
where
    not coalesce(length({{ column_name }}) = {{ value }}, true)
    {%- if row_condition %}
    and {{ row_condition }}
    {%- endif %}
{% endtest %}


{% test expect_column_pair_values_A_to_be_greater_than_B(
    model, column_A, column_B, or_equal=False, row_condition=None
) %}
select *
from {{ model }}
where
    not coalesce({{ column_A }} >{{ '=' if or_equal else '' }} {{ column_B }}, true)
    {%- if row_condition %}
    and {{ row_condition }}
    {%- endif %}
{% endtest %}
