{#
    The outcome of each accepted row of an entity, as CTEs up to <domain>_<entity>_outcomes. The audit compares silver with
    it, so it is worked out from base alone and shares no code with silver.

    - A state is what the source says about a key at one update time. If several rows have the same update time, the row
      that arrived last is the state; the others are duplicates.
    - Consecutive states with the same content are a run. One state is kept of each run; the others are duplicates. Where
      the entity has a history, the first state is kept, because it is the start of a version. Elsewhere the last state is
      kept, because silver holds the latest row.
    - Of the kept rows of a key, the newest is current, or withdrawn if its record status says so. The others are superseded.
    - A current row whose key is named by the current row of another key is replaced; that row is kept instead.
    - Each row is compared with the row of its key that arrived before it, to see whether the key was used for something else
      (reuse_step).

    A new row can change the outcome of every row of its key, and of the keys that its key replaces, and of no other. So all
    rows of these keys are read. Most keys have one row, which needs no windows.

    entity: a mapping of audited_entities.
    loaded_after: a timestamp literal. Only keys with rows that were loaded later are worked out; all keys if it is none.
#}
{% macro outcome_steps(entity, loaded_after=none) -%}
{%- set prefix = entity.domain ~ '_' ~ entity.name -%}
{%- set key = entity.key -%}
{%- if loaded_after -%}
{{ prefix }}_{{ 'loaded' if entity.replaces else 'new' }}_keys as (
    select distinct {{ key }}
    from {{ ref(entity.base) }}
    where
        _failed_rules = ''
        and _loaded_at > {{ loaded_after }}
),

{% if entity.replaces -%}
{{ replacing_keys(entity, prefix) }}

{% endif -%}
{%- endif -%}
{{ prefix }}_accepted as (
    select
        {% for column in key.split(', ') -%}
        base.{{ column }},
        {% endfor -%}
        base.updated_at,
        base._source_file,
        base._source_line,
        base._arrived_on,
        base._loaded_at,
        {{ content_number(entity.domain, entity.name, 'base') }} as _content,
        {{ 'base.' ~ entity.amount if entity.amount else 'cast(null as decimal(18, 2))' }} as control_amount,
        {% if entity.belongs_to -%}
        cast(base.{{ entity.belongs_to }} as varchar(256)) as belongs_to,
        {% endif -%}
        {% if entity.happened_at -%}
        base.{{ entity.happened_at }} as happened_at,
        {% endif -%}
        {% if entity.replaces -%}
        base.{{ entity.replaces }} as replaced_key,
        {% endif -%}
        {{ row_fingerprint(entity, 'base') }} as _fingerprint,
        {{ is_withdrawn('base') if entity.can_withdraw else 'false' }} as is_withdrawn,
        count(*) over (
            partition by {% for column in key.split(', ') %}base.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
        ) as key_count
    from {{ ref(entity.base) }} as base
    {%- if loaded_after %}
    inner join {{ prefix }}_new_keys as new_keys
        on
            {%- for column in key.split(', ') %}
            {{ 'and ' if not loop.first }}base.{{ column }} = new_keys.{{ column }}
            {%- endfor %}
    {%- endif %}
    where base._failed_rules = ''
),

{{ prefix }}_copies as (
    select
        {{ prefix }}_accepted.*,
        row_number() over (
            partition by {{ key }}, updated_at
            order by _arrived_on desc, _source_file desc, _source_line desc
        ) as copy_rank,
        first_value(_content) over (
            partition by {{ key }}, updated_at
            order by _arrived_on desc, _source_file desc, _source_line desc
            rows between unbounded preceding and unbounded following
        ) as state_content
    {%- for column in earlier_columns(entity) %},
        lag({{ column }}) over (
            partition by {{ key }}
            order by _arrived_on, _source_file, _source_line
        ) as earlier_{{ column.lstrip('_') }}
    {%- endfor %}
    from {{ prefix }}_accepted
    where key_count > 1
),

{{ prefix }}_starts as (
    select
        {{ prefix }}_copies.*,
        case
            when
                state_content = lag(state_content) over (
                    partition by {{ key }}
                    order by updated_at, copy_rank
                )
                then 0
            else 1
        end as is_start
    from {{ prefix }}_copies
),

{{ prefix }}_runs as (
    select
        {{ prefix }}_starts.*,
        sum(is_start) over (
            partition by {{ key }}
            order by updated_at, copy_rank
            rows between unbounded preceding and current row
        ) as run_number,
        sum(is_start) over (partition by {{ key }}) as run_count
    from {{ prefix }}_starts
),

{{ prefix }}_kept as (
    select
        {{ prefix }}_runs.*,
        {% for column in ['_source_file', '_source_line'] -%}
        first_value({{ column }}) over (
            partition by {{ key }}, run_number
            order by updated_at{{ ' desc' if not entity.history }}, copy_rank
            rows between unbounded preceding and unbounded following
        ) as kept{{ column }},
        {% endfor -%}
        row_number() over (
            partition by {{ key }}, run_number
            order by updated_at{{ ' desc' if not entity.history }}, copy_rank
        ) as run_rank,
        row_number() over (
            partition by {{ key }}, run_number, _content
            order by _arrived_on, _source_file, _source_line
        ) as arrival_rank
    from {{ prefix }}_runs
),

{{ prefix }}_{{ 'settled' if entity.replaces else 'outcomes' }} as (
    select
        {{ business_key(key) }} as business_key,
        {{ 'replaced_key,' if entity.replaces }}
        updated_at,
        _source_file as source_file,
        _source_line as source_line,
        _arrived_on as arrived_on,
        control_amount,
        _source_file as kept_source_file,
        _source_line as kept_source_line,
        case when is_withdrawn then 'withdrawn' else 'current' end as outcome,
        false as is_repeat,
        _loaded_at,
        _fingerprint
    from {{ prefix }}_accepted
    where key_count = 1
    union all
    select
        {{ business_key(key) }} as business_key,
        {{ 'replaced_key,' if entity.replaces }}
        updated_at,
        _source_file as source_file,
        _source_line as source_line,
        _arrived_on as arrived_on,
        control_amount,
        kept_source_file,
        kept_source_line,
        case
            when run_rank > 1 then 'duplicate'
            when run_number < run_count then 'superseded'
            when is_withdrawn then 'withdrawn'
            else 'current'
        end as outcome,
        -- A repeat is every row of a run but the one that arrived first with its content, whichever is kept.
        arrival_rank > 1 as is_repeat,
        _loaded_at,
        _fingerprint
    from {{ prefix }}_kept
),
{%- if entity.replaces %}

{{ replaced_outcomes(entity, prefix, loaded_after) }}
{%- endif %}
{%- endmacro %}


{# The columns of the row of the same key that arrived before, which reuse_step compares; none where nothing is declared. #}
{% macro earlier_columns(entity) %}
    {%- set columns = [] -%}
    {%- if entity.belongs_to -%}
        {%- do columns.append('belongs_to') -%}
    {%- endif -%}
    {%- if entity.happened_at -%}
        {%- do columns.extend(['happened_at', 'control_amount', '_arrived_on']) -%}
    {%- endif -%}
    {{ return(columns + ['_source_file', '_source_line'] if columns else []) }}
{% endmacro %}


{#
    The rows that use the key of an earlier row for something else, as a CTE <domain>_<entity>_reuse: how (belongs_to: another
    account, order, ...; numbering: another business time and another amount, on a later arrival day), what differs, and the
    earlier row. A value that was missing and is filled in is a correction. Nothing where the contract declares neither.

    entity: a mapping of audited_entities, whose outcome_steps stand before.
#}
{% macro reuse_step(entity) -%}
{%- if earlier_columns(entity) -%}
{%- set prefix = entity.domain ~ '_' ~ entity.name -%}
{%- set other_owner = 'belongs_to <> earlier_belongs_to' if entity.belongs_to else 'false' -%}
{{ prefix }}_reuse as (
    select
        _source_file as source_file,
        _source_line as source_line,
        case when {{ other_owner }} then 'belongs_to' else 'numbering' end as reuse,
        case
            {%- if entity.belongs_to %}
            when {{ other_owner }}
                then '{{ entity.belongs_to }} ' || belongs_to || ', before ' || earlier_belongs_to
            {%- endif %}
            {%- if entity.happened_at %}
            else
                '{{ entity.amount }} ' || cast(control_amount as varchar(64)) || ', before '
                || cast(earlier_control_amount as varchar(64))
            {%- endif %}
        end as reuse_detail,
        earlier_source_file,
        earlier_source_line
    from {{ prefix }}_copies
    where
        {{ other_owner }}
        {%- if entity.happened_at %}
        or (
            happened_at <> earlier_happened_at
            and control_amount <> earlier_control_amount
            and _arrived_on > earlier_arrived_on
        )
        {%- endif %}
),
{%- endif -%}
{%- endmacro %}


{# All rows of reuse_step, as the body of a CTE; no row where no entity declares what its keys mean. #}
{% macro reused_rows() -%}
{%- set reuses = [] -%}
{%- for entity in audited_entities() if earlier_columns(entity) -%}
    {%- do reuses.append('select * from ' ~ entity.domain ~ '_' ~ entity.name ~ '_reuse') -%}
{%- endfor -%}
{{ reuses | join('\n    union all\n    ') or (
    'select source_file, source_line, outcome as reuse, outcome as reuse_detail, '
    ~ 'source_file as earlier_source_file, source_line as earlier_source_line from outcomes where false'
) }}
{%- endmacro %}
