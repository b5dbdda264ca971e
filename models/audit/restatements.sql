-- The totals of closed months that changed, by how much, and by which files. A month of a fact is closed once a row of
-- a later month has arrived. One row per fact, measure, month, currency, revision and file; a row without a file is a
-- change that no delivery explains. Where the total is the same as before, and the money is in other rows, it is a
-- redistribution. A change of the reporting currency is a change of rules, and restates nothing. A full refresh does
-- not rebuild the table: earlier totals cannot be computed again.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    tags=['persistent'],
    on_schema_change='fail',
    pre_hook="{{ upgrade_restatements() }}",
) }}

{% set facts = restated_facts() -%}
{% set keys = ['fact_name', 'measure', 'month_start', 'currency_code', 'revision'] -%}

with

totals as (select * from {{ ref('monthly_totals') }}),

runs as (
    select
        fact_name,
        revision,
        max(last_business_day) as last_business_day,
        max(reporting_currency) as reporting_currency,
        max(_loaded_at) as _loaded_at
    from totals
    group by
        fact_name,
        revision
),

-- For each revision of a fact the last business day, the loads and the currency of the revision before it.
revisions as (
    select
        fact_name,
        revision,
        lag(last_business_day) over (
            partition by fact_name
            order by revision
        ) as previous_business_day,
        lag(_loaded_at) over (
            partition by fact_name
            order by revision
        ) as loaded_after,
        reporting_currency <> lag(reporting_currency) over (
            partition by fact_name
            order by revision
        ) as has_new_currency,
        _loaded_at as loaded_until
    from runs
),

-- What a measure is in its first revision is no change.
first_revisions as (
    select
        fact_name,
        measure,
        min(revision) as first_revision
    from totals
    group by
        fact_name,
        measure
),

changes as (
    select
        totals.*,
        lag(totals.fact_rows) over (
            partition by totals.fact_name, totals.measure, totals.month_start, totals.currency_code
            order by totals.revision
        ) as fact_rows_before,
        lag(totals.total_amount) over (
            partition by totals.fact_name, totals.measure, totals.month_start, totals.currency_code
            order by totals.revision
        ) as total_amount_before,
        lag(totals.cells) over (
            partition by totals.fact_name, totals.measure, totals.month_start, totals.currency_code
            order by totals.revision
        ) as cells_before,
        lag(totals.hash_check) over (
            partition by totals.fact_name, totals.measure, totals.month_start, totals.currency_code
            order by totals.revision
        ) as hash_check_before
    from totals
),

recorded as (
    {% if is_incremental() -%}
    select coalesce(max(revision), 0) as last_revision from {{ this }}
    {%- else -%}
    select 0 as last_revision
    {%- endif %}
),

compared as (
    select
        changes.fact_name,
        changes.measure,
        changes.month_start,
        changes.currency_code,
        changes.revision,
        coalesce(changes.fact_rows_before, 0) as row_count_before,
        changes.fact_rows as row_count_after,
        {{ wide_or_zero('changes.total_amount_before') }} as total_before,
        changes.total_amount as total_after,
        -- Cells compare if they come from the same hash. A month without rows has none.
        cast(
            case
                when changes.fact_rows_before is null then {{ wide_value('changes.cells') }}
                when changes.hash_check_before = changes.hash_check
                    then {{ wide_value('changes.cells - changes.cells_before') }}
            end as decimal(38, 2)
        ) as cells_change,
        changes._loaded_at,
        revisions.loaded_after,
        revisions.loaded_until
    from changes
    inner join revisions
        on
            changes.fact_name = revisions.fact_name
            and changes.revision = revisions.revision
    inner join first_revisions
        on
            changes.fact_name = first_revisions.fact_name
            and changes.measure = first_revisions.measure
    cross join recorded
    where
        changes.month_start < date_trunc('month', revisions.previous_business_day)
        and changes.revision > first_revisions.first_revision
        -- Amounts in another currency than before do not compare.
        and (
            not coalesce(revisions.has_new_currency, false)
            or changes.fact_name || '.' || changes.measure not in (
                {%- for measure in measures_in_reporting_currency() %}
                {{ quoted(measure) }}{{ ',' if not loop.last }}
                {%- endfor %}
            )
        )
        and changes.revision > recorded.last_revision
),

restated as (
    select
        *,
        total_after = total_before and {{ wide_or_zero('cells_change') }} <> 0 as is_redistribution
    from compared
    where
        row_count_after <> row_count_before
        or total_after <> total_before
        or {{ wide_or_zero('cells_change') }} <> 0
),

intervals as (
    select distinct
        fact_name,
        revision,
        loaded_after,
        loaded_until
    from restated
),

{% for fact in facts -%}
{{ effects_of_deliveries(fact, 'intervals') }}

{% endfor -%}
effects as (
    {% for fact in facts -%}
    {% set is_last_fact = loop.last -%}
    {% for measure in fact.measures -%}
    select
        {{ text_literal(fact.table) }} as fact_name,
        {{ text_literal(measure) }} as measure,
        month_start,
        currency_code,
        revision,
        source_file,
        fact_rows as row_count_change,
        {{ wide_value('total_' ~ loop.index) }} as total_value,
        {{ wide_value('cells_' ~ loop.index) }} as cells_value
    from {{ fact.table }}_causes
    {{ 'union all' if not (is_last_fact and loop.last) }}
    {% endfor -%}
    {% endfor %}
),

effects_of_files as (
    select
        {{ keys | join(',\n        ') }},
        source_file,
        row_count_change,
        cast(total_value as decimal(38, 2)) as total_change,
        cast(cells_value as decimal(38, 2)) as cells_change
    from effects
    where
        row_count_change <> 0
        or cast(total_value as decimal(38, 2)) <> 0
        or cast(cells_value as decimal(38, 2)) <> 0
),

explained as (
    select
        {{ keys | join(',\n        ') }},
        sum(row_count_change) as row_count_change,
        sum(total_change) as total_change,
        sum(cells_change) as cells_change
    from effects_of_files
    group by
        {{ keys | join(',\n        ') }}
),

-- The part of the change that no file explains.
unexplained as (
    select
        {{ columns_of('restated', keys) }},
        cast(null as varchar(1024)) as source_file,
        restated.row_count_after - restated.row_count_before - coalesce(explained.row_count_change, 0)
            as row_count_change,
        restated.total_after - restated.total_before - {{ wide_or_zero('explained.total_change') }} as total_change,
        {{ wide_or_zero('restated.cells_change - ' ~ wide_or_zero('explained.cells_change')) }} as cells_change
    from restated
    left join explained
        on
            restated.fact_name = explained.fact_name
            and restated.measure = explained.measure
            and restated.month_start = explained.month_start
            and restated.currency_code = explained.currency_code
            and restated.revision = explained.revision
),

causes as (
    {% for causes in ['effects_of_files', 'unexplained'] -%}
    select
        {{ keys | join(',\n        ') }},
        source_file,
        row_count_change,
        {{ wide_value('total_change') }} as total_value
    from {{ causes }}
    where
        row_count_change <> 0
        or total_change <> 0
        or cells_change <> 0
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

final as (
    select
        restated.fact_name,
        restated.measure,
        restated.month_start,
        restated.currency_code,
        restated.revision,
        causes.source_file,

        restated.is_redistribution,

        restated.row_count_before,
        restated.row_count_after,
        cast(restated.total_before as decimal(38, 2)) as total_before,
        cast(restated.total_after as decimal(38, 2)) as total_after,
        cast(causes.row_count_change as bigint) as row_count_change,
        cast(causes.total_value as decimal(38, 2)) as total_change,

        restated._loaded_at
    from restated
    inner join causes
        on
            restated.fact_name = causes.fact_name
            and restated.measure = causes.measure
            and restated.month_start = causes.month_start
            and restated.currency_code = causes.currency_code
            and restated.revision = causes.revision
)

select * from final
