{#
    The natural logarithm of a positive amount, to six decimals: what follows from it is exact, and the same on both
    engines, whose floats differ in their last digits. Null for an amount that is not positive.
#}
{% macro natural_log(amount) -%}
    case
        when {{ amount }} > 0 then cast(round(ln(cast({{ amount }} as double precision)), 6) as decimal(18, 6))
    end
{%- endmacro %}
