{#
    How far apart two places are, in whole kilometres along the surface of the earth (haversine, mean radius 6,371 km); null
    where a coordinate is null. Whole, because the last digits of a sine are each engine's own.
    Arguments: SQL expressions of degrees.
#}
{% macro distance_km(latitude, longitude, other_latitude, other_longitude) -%}
    {%- set north = "radians(cast(" ~ latitude ~ " as double precision))" -%}
    {%- set other_north = "radians(cast(" ~ other_latitude ~ " as double precision))" -%}
    {%- set east = "radians(cast(" ~ longitude ~ " as double precision))" -%}
    {%- set other_east = "radians(cast(" ~ other_longitude ~ " as double precision))" -%}
    {#- least() passes nulls over, so a place without coordinates would be at the other end of the world. -#}
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
