{#
    Distance between two locations along the surface of the earth in whole kilometres (haversine, mean radius 6,371 km); null
    if a coordinate is null. Rounded, because the engines differ in the last digits of a sine.
    Arguments: SQL expressions of degrees.
#}
{% macro distance_km(latitude, longitude, other_latitude, other_longitude) -%}
    {%- set north = "radians(cast(" ~ latitude ~ " as double precision))" -%}
    {%- set other_north = "radians(cast(" ~ other_latitude ~ " as double precision))" -%}
    {%- set east = "radians(cast(" ~ longitude ~ " as double precision))" -%}
    {%- set other_east = "radians(cast(" ~ other_longitude ~ " as double precision))" -%}
    {#- least() ignores nulls, so without this condition a missing coordinate would give the longest distance. -#}
    case
        when {{ latitude }} + {{ longitude }} + {{ other_latitude }} + {{ other_longitude }} is not null
            then
                cast(round(
                    2 * 6371 * asin(sqrt(least(
                        cast(1 as double precision),
                        power(sin(({{ other_north }} - {{ north }}) * cast(0.5 as double precision)), 2)
                        + cos({{ north }}) * cos({{ other_north }})
                        * power(sin(({{ other_east }} - {{ east }}) * cast(0.5 as double precision)), 2)
                    ))),
                    0
                ) as integer)
    end
{%- endmacro %}
