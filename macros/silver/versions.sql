{#
    The versions of an entity with a history, as CTEs up to `versions`: one row per key and content that was valid for a
    while.

    A state is the content of a key at an update time; of several rows with the same update time the last arrival counts. A
    state with the content of the state before it is a repeat and makes no version. A different state that arrives late
    between two equal ones splits them. So all states of a key for which something arrived are read again from base, and the
    result does not depend on the order of loads.

    `_loaded_at` of a version is the load that created it, or that changed its interval. A repeat changes neither. Gold selects
    new versions by it: see docs/decisions/0012-a-version-is-a-content.md.

    base: name of a CTE with the rows of the base model.
#}
{% macro version_steps(base, domain, entity) -%}
{{- expect_expression('version_steps', 'base', base) -}}
{%- set key = entity_key(domain, entity) -%}
{%- set columns = silver_columns(domain, entity) -%}
accepted as (
    select
        {{ base }}.*,
        {{ content_number(domain, entity, base) }} as _content
    from {{ base }}
    {%- if is_incremental() %}
    inner join (
        select distinct {{ key | join(', ') }}
        from {{ base }}
        where
            _failed_rules = ''
            and {{ loaded_since_last_run() }}
    ) as arrived
        on
            {%- for column in key %}
            {{ 'and ' if not loop.first }}{{ base }}.{{ column }} = arrived.{{ column }}
            {%- endfor %}
    {%- endif %}
    where {{ base }}._failed_rules = ''
),

copies as (
    select
        accepted.*,
        row_number() over (
            partition by {{ key | join(', ') }}, updated_at
            order by _arrived_on desc, _source_file desc, _source_line desc
        ) as copy_rank,
        -- Rows of one update time with different texts: the state was corrected, if only in how it is written.
        min(_row_hash) over (partition by {{ key | join(', ') }}, updated_at)
        <> max(_row_hash) over (partition by {{ key | join(', ') }}, updated_at) as is_corrected,
        min(_loaded_at) over (partition by {{ key | join(', ') }}, updated_at) as first_loaded_at
    from accepted
),

states as (
    select
        copies.*,
        case when is_corrected then _loaded_at else first_loaded_at end as state_loaded_at,
        case
            when _content = lag(_content) over (partition by {{ key | join(', ') }} order by updated_at) then 0
            else 1
        end as is_start
    from copies
    where copy_rank = 1
),

numbered as (
    select
        states.*,
        sum(is_start) over (
            partition by {{ key | join(', ') }}
            order by updated_at
            rows between unbounded preceding and current row
        ) as version_number
    from states
),

loaded as (
    select
        numbered.*,
        min(state_loaded_at) over (partition by {{ key | join(', ') }}, version_number) as known_at,
        coalesce(
            max(case when is_corrected then state_loaded_at end) over (partition by {{ key | join(', ') }}, version_number),
            {{ beginning_of_time() }}
        ) as corrected_at
    from numbered
),

starts as (
    select
        loaded.*,
        coalesce(lag(known_at) over (partition by {{ key | join(', ') }} order by updated_at), {{ beginning_of_time() }})
            as previous_known_at,
        coalesce(
            lag(corrected_at) over (partition by {{ key | join(', ') }} order by updated_at), {{ beginning_of_time() }}
        ) as previous_corrected_at
    from loaded
    where is_start = 1
),

versions as (
    select
        {% for column in columns -%}
        {%- if column == '_loaded_at' -%}
        greatest(state_loaded_at, previous_known_at, corrected_at, previous_corrected_at) as _loaded_at
        {%- else -%}
        {{ column }}
        {%- endif -%}
        {{- ',' }}
        {% endfor -%}
        {{ content_fingerprint({'domain': domain, 'entity': entity}) }} as _fingerprint
    from starts
),
{%- endmacro %}


{#
    The newest version of each key.

    versions: name of a CTE with the columns of the entity in silver, one row per version.
#}
{% macro newest_versions(versions, domain, entity) -%}
    {{- expect_expression('newest_versions', 'versions', versions) -}}
    select
        {% for column in silver_columns(domain, entity) -%}
        {{ column }}{{ ',' if not loop.last }}
        {% endfor -%}
    from (
        select
            {{ versions }}.*,
            lead(updated_at) over (
                partition by {{ entity_key(domain, entity) | join(', ') }}
                order by updated_at
            ) is null as is_newest
        from {{ versions }}
    ) as ranked
    where is_newest
{%- endmacro %}
