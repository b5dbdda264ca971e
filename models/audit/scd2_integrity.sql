-- Is every history complete? Per history table: overlaps and gaps between versions, keys without exactly one current
-- version, versions of the snapshot that the history lacks, versions that the snapshot does not have, and versions that
-- silver and the snapshot do not have alike.
with

versions as (
    {% for audited in audited_histories() -%}
    select
        {{ text_literal(audited.history) }} as history_table,
        {{ audited.key }} as business_key,
        updated_at,
        valid_from,
        valid_to,
        is_current
    from {{ ref(audited.history) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

known_states as (
    {% for audited in audited_histories() -%}
    select
        {{ text_literal(audited.history) }} as history_table,
        {{ audited.key }} as business_key,
        updated_at
    from {{ ref(audited.snapshot) }}
    where dbt_valid_to is null
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- A repeat changes the file and line of a version in silver but not in the snapshot, so only the values are compared.
both_sides as (
    {% for audited in audited_histories() -%}
    {% for table, condition, sign in [(audited.versions, 'true', 1), (audited.snapshot, 'dbt_valid_to is null', -1)] -%}
    select
        {{ text_literal(audited.history) }} as history_table,
        {{ audited.key }} as business_key,
        updated_at,
        {{ content_fingerprint(audited) }} as version_fingerprint,
        {{ sign }} as version_count
    from {{ ref(table) }}
    where {{ condition }}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

on_one_side as (
    select
        history_table,
        business_key,
        updated_at,
        version_fingerprint
    from both_sides
    group by
        history_table,
        business_key,
        updated_at,
        version_fingerprint
    having sum(version_count) <> 0
),

snapshot_differences as (
    select
        history_table,
        count(*) as difference_count
    from on_one_side
    group by history_table
),

neighbours as (
    select
        *,
        lag(valid_to) over (
            partition by history_table, business_key
            order by valid_from, valid_to
        ) as previous_valid_to,
        lead(valid_from) over (
            partition by history_table, business_key
            order by valid_from, valid_to
        ) as next_valid_from
    from versions
),

keys as (
    select
        history_table,
        business_key,
        count(*) as version_count,
        sum(case when is_current then 1 else 0 end) as current_count,
        -- An empty or reversed interval counts as an overlap.
        sum(case when valid_from < previous_valid_to or valid_from >= valid_to then 1 else 0 end) as overlap_count,
        -- Before the first version and after the last one there is no gap either.
        sum(
            case
                when
                    valid_from > coalesce(previous_valid_to, {{ beginning_of_time() }})
                    or (next_valid_from is null and valid_to < {{ end_of_time() }})
                    then 1
                else 0
            end
        ) as gap_count,
        -- The current version, and no other, reaches to the end of time.
        sum(case when is_current = (valid_to = {{ end_of_time() }}) then 0 else 1 end) as misplaced_count
    from neighbours
    group by
        history_table,
        business_key
),

counted as (
    select
        history_table,
        count(*) as key_count,
        sum(version_count) as version_count,
        sum(overlap_count) as overlap_count,
        sum(gap_count) as gap_count,
        sum(misplaced_count) as misplaced_count,
        sum(case when current_count = 0 then 1 else 0 end) as keys_without_current,
        sum(case when current_count > 1 then 1 else 0 end) as keys_with_several_current
    from keys
    group by history_table
),

-- The unknown member is in no snapshot.
compared as (
    select
        coalesce(known_states.history_table, versions.history_table) as history_table,
        sum(case when versions.business_key is null then 1 else 0 end) as missing_count,
        sum(case when known_states.business_key is null and versions.business_key <> 'unknown' then 1 else 0 end)
            as surplus_count
    from known_states
    full outer join versions
        on
            known_states.history_table = versions.history_table
            and known_states.business_key = versions.business_key
            and known_states.updated_at = versions.updated_at
    group by coalesce(known_states.history_table, versions.history_table)
),

summed as (
    select
        compared.history_table,
        cast(coalesce(counted.key_count, 0) as bigint) as key_count,
        cast(coalesce(counted.version_count, 0) as bigint) as version_count,
        cast(coalesce(counted.overlap_count, 0) as bigint) as overlap_count,
        cast(coalesce(counted.gap_count, 0) as bigint) as gap_count,
        cast(coalesce(counted.misplaced_count, 0) as bigint) as misplaced_count,
        cast(coalesce(counted.keys_without_current, 0) as bigint) as keys_without_current,
        cast(coalesce(counted.keys_with_several_current, 0) as bigint) as keys_with_several_current,
        cast(compared.missing_count as bigint) as missing_count,
        cast(compared.surplus_count as bigint) as surplus_count,
        cast(coalesce(snapshot_differences.difference_count, 0) as bigint) as snapshot_difference_count
    from compared
    left join counted on compared.history_table = counted.history_table
    left join snapshot_differences on compared.history_table = snapshot_differences.history_table
),

final as (
    select
        history_table,

        key_count,
        version_count,
        overlap_count,
        gap_count,
        misplaced_count,
        keys_without_current,
        keys_with_several_current,
        missing_count,
        surplus_count,
        snapshot_difference_count,
        overlap_count
        + gap_count
        + misplaced_count
        + keys_without_current
        + keys_with_several_current
        + missing_count
        + surplus_count
        + snapshot_difference_count
        = 0 as is_intact
    from summed
)

select * from final
