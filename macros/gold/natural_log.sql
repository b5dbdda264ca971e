{#
    The natural logarithm of a positive amount; null for other amounts. Rounded to six decimals, because the engines differ
    in the last digits of a float.
#}
{% macro natural_log(amount) -%}
    case
        when {{ amount }} > 0 then cast(round(ln(cast({{ amount }} as double precision)), 6) as decimal(18, 6))
    end
{%- endmacro %}
