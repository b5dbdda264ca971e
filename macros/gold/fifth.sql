{# The fifth of a ranking that a row is in, 1 to 5, given how many of the rows rank below it. Equal ranks are in one fifth. #}
{% macro fifth(rows_below, row_count) -%}
    case
        {%- for number in [5, 4, 3, 2] %}
        when 5 * {{ rows_below }} >= {{ number - 1 }} * {{ row_count }} then {{ number }}
        {%- endfor %}
        else 1
    end
{%- endmacro %}
