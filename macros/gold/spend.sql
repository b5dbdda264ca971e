{# A spender is a top spender of a day or month with one of these ranks. #}
{% macro is_top_spender(spend_rank) -%}
    coalesce({{ spend_rank }} <= 10, false)
{%- endmacro %}


{# Spend is over normal if it is more than twice the normal spend; null if the normal spend is unknown. #}
{% macro is_over_normal(spend, normal_spend) -%}
    {{ spend }} > 2 * {{ normal_spend }}
{%- endmacro %}


{#
    Among the rows of a group that are ranked by an amount, from 1 to row_count: true for the row in the middle, or for the
    two rows in the middle of an even number. Their mean is the median.
#}
{% macro is_middle_rank(rank, row_count) -%}
    2 * {{ rank }} between {{ row_count }} and {{ row_count }} + 2
{%- endmacro %}
