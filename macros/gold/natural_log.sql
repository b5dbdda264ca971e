{#
    The natural logarithm of a positive amount, to nine decimals: what follows from it is exact, and the same on both
    engines, whose floats differ in their last digits. Null for an amount that is not positive.
#}
{% macro natural_log(amount) -%}
    case
        when {{ amount }} > 0 then cast(round(ln(cast({{ amount }} as double precision)), 9) as decimal(18, 9))
    end
{%- endmacro %}
