{#
    The latest row of each key among the rows that arrived: by the source's update time, then by arrival day, file and line.
    A key is left out if the stored row is later. Only columns of the rows decide, so the result does not depend on the order,
    splitting or repetition of loads.

    candidates: name of a CTE with the columns of the entity in silver.
    derived: names of the columns that the model adds to the contract's.
#}
{% macro latest_version(candidates, domain, entity, derived=[]) -%}
    {{- expect_expression('latest_version', 'candidates', candidates) -}}
    {%- set key = entity_key(domain, entity) -%}
    select
        {% for column in silver_columns(domain, entity, derived) -%}
        ranked.{{ column }}{{ ',' if not loop.last }}
        {% endfor -%}
    from (
        select
            candidates.*,
            row_number() over (
                partition by {% for column in key %}candidates.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
                order by
                    {%- for column in version_order() %}
                    candidates.{{ column }} desc{{ ',' if not loop.last }}
                    {%- endfor %}
            ) as version_rank
        from {{ candidates }} as candidates
    ) as ranked
    {%- if is_incremental() %}
    left join {{ this }} as stored
        on
            {%- for column in key %}
            {{ 'and ' if not loop.first }}ranked.{{ column }} = stored.{{ column }}
            {%- endfor %}
    {%- endif %}
    where
        ranked.version_rank = 1
        {%- if is_incremental() %}
        and (
            stored.{{ key[0] }} is null
            or {{ is_later('ranked', 'stored') }}
        )
        {%- endif %}
{%- endmacro %}


{# The columns of an entity's key. A macro of its own, so that unit tests on Redshift can override it. #}
{% macro entity_key(domain, entity) %}
    {{ return(contract_entity(domain, entity).key or ['key']) }}
{% endmacro %}


{# The columns that decide which of several rows of a key is the latest, most important first. #}
{% macro version_order() %}
    {{ return(['updated_at', '_arrived_on', '_source_file', '_source_line']) }}
{% endmacro %}


{# The condition that the row of one relation is later than that of another, by version_order. #}
{% macro is_later(one, other) -%}
    {{- expect_expression('is_later', 'one', one) -}}
    {{- expect_expression('is_later', 'other', other) -}}
    {%- for column in version_order() -%}
    {{ one }}.{{ column }} > {{ other }}.{{ column }}
    {%- if not loop.last %} or ({{ one }}.{{ column }} = {{ other }}.{{ column }} and ({% endif -%}
    {%- endfor -%}
    {{ '))' * (version_order() | length - 1) }}
{%- endmacro %}
