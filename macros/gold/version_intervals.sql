{#
    The versions of a relation with the half-open interval [valid_from, valid_to) in which each is valid. The first known
    version also covers the time before it, so that an event that is older than the first record of its customer or
    account has a version too.

    versions: name of a CTE with one row per key and updated_at.
#}
{% macro version_intervals(versions, key) -%}
    select
        versions.*,
        case
            when row_number() over (partition by {{ key }} order by updated_at) = 1 then {{ beginning_of_time() }}
            else updated_at
        end as valid_from,
        coalesce(lead(updated_at) over (partition by {{ key }} order by updated_at), {{ end_of_time() }}) as valid_to,
        lead(updated_at) over (partition by {{ key }} order by updated_at) is null as is_current
    from {{ versions }} as versions
{%- endmacro %}


{# Bounds before and after every event, so that no interval has a null bound. #}
{% macro beginning_of_time() -%}
    cast('1900-01-01 00:00:00' as timestamp)
{%- endmacro %}


{% macro end_of_time() -%}
    cast('9999-12-31 00:00:00' as timestamp)
{%- endmacro %}
