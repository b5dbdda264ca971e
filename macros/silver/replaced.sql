{#
    Marks the rows whose key another row replaces, as CTEs up to `marked`: the columns of the entity in silver, with
    `is_replaced`. A key is replaced as long as the latest row of another key names it and is not withdrawn. Whether that
    other key is replaced itself does not matter, so of a chain only the last one counts, and nothing is followed.

    An incremental run looks at the keys with new rows, at the keys that these name, and at the keys that the rows name that
    they replace in this table. Of the other keys, rows are written only if the mark changes. Their load time becomes
    that of the row that changed it, so facts find them.

    winners: name of a CTE made by latest_version.
    derived: as in latest_version.
#}
{% macro replacement_steps(winners, domain, entity, derived=[]) -%}
{{- expect_expression('replacement_steps', 'winners', winners) -}}
{%- set key = entity_key(domain, entity)[0] or 'key' -%}
{%- set replaces = replaces_column(domain, entity) -%}
{%- set columns = silver_columns(domain, entity, derived) -%}
{%- set rows = 'to_mark' if is_incremental() else winners -%}
{#- The run that adds a column to the table cannot read it yet. #}
{%- set missing = missing_columns(this, columns + ['is_replaced']) if is_incremental() else [] -%}
{%- if is_incremental() -%}
named as (
    select
        replaced_key,
        max(_loaded_at) as _named_at
    from (
        select
            {{ replaces }} as replaced_key,
            _loaded_at
        from {{ winners }}
        {%- if replaces not in missing %}
        union all
        select
            stored.{{ replaces }} as replaced_key,
            {{ winners }}._loaded_at
        from {{ winners }}
        inner join {{ this }} as stored on {{ winners }}.{{ key }} = stored.{{ key }}
        {%- endif %}
    ) as names
    where replaced_key is not null
    group by replaced_key
),

to_mark as (
    select
        {% for column in columns -%}
        {{ column }},
        {% endfor -%}
        cast(null as boolean) as was_replaced
    from {{ winners }}
    union all
    select
        {% for column in columns -%}
        {%- if column == '_loaded_at' -%}
        greatest(stored._loaded_at, named._named_at) as _loaded_at,
        {%- else -%}
        {#- No row of winners joins, so its columns are nulls of the right type. #}
        {{ (winners if column in missing else 'stored') ~ '.' ~ column }},
        {%- endif %}
        {% endfor -%}
        {{ 'false' if 'is_replaced' in missing else 'coalesce(stored.is_replaced, false)' }} as was_replaced
    from {{ this }} as stored
    inner join named on stored.{{ key }} = named.replaced_key
    left join {{ winners }} on stored.{{ key }} = {{ winners }}.{{ key }}
    where {{ winners }}.{{ key }} is null
),

{% endif -%}
replacing as (
    select distinct {{ replaces }} as replaced_key
    from {{ winners }}
    where
        {{ replaces }} is not null
        and {{ is_active() }}
    {%- if is_incremental() and replaces not in missing %}
    union
    select stored.{{ replaces }} as replaced_key
    from {{ this }} as stored
    inner join to_mark on stored.{{ replaces }} = to_mark.{{ key }}
    left join {{ winners }} on stored.{{ key }} = {{ winners }}.{{ key }}
    where
        {{ winners }}.{{ key }} is null
        and {{ is_active('stored') }}
    {%- endif %}
),

marked as (
    select
        {% for column in columns -%}
        {{ rows }}.{{ column }},
        {% endfor -%}
        replacing.replaced_key is not null as is_replaced
    from {{ rows }}
    left join replacing on {{ rows }}.{{ key }} = replacing.replaced_key
    {%- if is_incremental() %}
    where
        to_mark.was_replaced is null
        or to_mark.was_replaced <> (replacing.replaced_key is not null)
    {%- endif %}
),
{%- endmacro %}


{# The columns of a list that a table does not have, because it was built before the contract had them. #}
{% macro missing_columns(relation, columns) %}
    {%- if not execute -%}
        {{ return([]) }}
    {%- endif -%}
    {{ return(columns | reject('in', adapter.get_columns_in_relation(relation) | map(attribute='name') | list) | list) }}
{% endmacro %}


{# The column that names the replaced key. A macro of its own, so that unit tests on Redshift can override it. #}
{% macro replaces_column(domain, entity) %}
    {{ return(contract_entity(domain, entity).replaces or 'replaces') }}
{% endmacro %}
