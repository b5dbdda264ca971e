-- The totals of closed months that changed, by how much, and by which files. A month is closed once a transaction of a
-- later month has arrived. One row per month, currency, revision and file; a row without a file is a change that no
-- delivery explains. A full refresh does not rebuild the table: earlier totals cannot be computed again.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    on_schema_change='fail',
) }}

with

totals as (select * from {{ ref('monthly_totals') }}),

runs as (
    select
        revision,
        max(last_business_day) as last_business_day,
        max(_loaded_at) as _loaded_at
    from totals
    group by revision
),

-- For each revision the last business day and the loads of the revision before it.
revisions as (
    select
        revision,
        lag(last_business_day) over (order by revision) as previous_business_day,
        lag(_loaded_at) over (order by revision) as loaded_after,
        _loaded_at as loaded_until
    from runs
),

changes as (
    select
        totals.month_start,
        totals.currency_code,
        totals.revision,
        coalesce(
            lag(totals.transaction_count) over (
                partition by totals.month_start, totals.currency_code
                order by totals.revision
            ), 0
        ) as row_count_before,
        totals.transaction_count as row_count_after,
        coalesce(
            lag(totals.amount) over (
                partition by totals.month_start, totals.currency_code
                order by totals.revision
            ), 0
        ) as amount_before,
        totals.amount as amount_after,
        coalesce(
            lag(totals.posted_amount) over (
                partition by totals.month_start, totals.currency_code
                order by totals.revision
            ), 0
        ) as posted_amount_before,
        totals.posted_amount as posted_amount_after,
        totals._loaded_at
    from totals
),

recorded as (
    {% if is_incremental() -%}
    select coalesce(max(revision), 0) as last_revision from {{ this }}
    {%- else -%}
    select 0 as last_revision
    {%- endif %}
),

restated as (
    select
        changes.*,
        revisions.loaded_after,
        revisions.loaded_until
    from changes
    inner join revisions on changes.revision = revisions.revision
    cross join recorded
    where
        changes.month_start < date_trunc('month', revisions.previous_business_day)
        and changes.revision > recorded.last_revision
),

intervals as (
    select distinct
        revision,
        loaded_after,
        loaded_until
    from restated
),

{{ effects_of_deliveries('intervals') }}

effects_of_files as (
    select
        revision,
        month_start,
        currency_code,
        source_file,
        sum(transaction_count) as row_count_change,
        sum(amount) as amount_change,
        sum(posted_amount) as posted_amount_change
    from effects
    group by
        revision,
        month_start,
        currency_code,
        source_file
    having sum(transaction_count) <> 0 or sum(amount) <> 0 or sum(posted_amount) <> 0
),

explained as (
    select
        revision,
        month_start,
        currency_code,
        sum(row_count_change) as row_count_change,
        sum(amount_change) as amount_change,
        sum(posted_amount_change) as posted_amount_change
    from effects_of_files
    group by
        revision,
        month_start,
        currency_code
),

-- The part of the change that no file explains.
unexplained as (
    select
        restated.revision,
        restated.month_start,
        restated.currency_code,
        cast(null as varchar(1024)) as source_file,
        restated.row_count_after - restated.row_count_before - coalesce(explained.row_count_change, 0)
            as row_count_change,
        restated.amount_after - restated.amount_before - coalesce(explained.amount_change, 0) as amount_change,
        restated.posted_amount_after - restated.posted_amount_before - coalesce(explained.posted_amount_change, 0)
            as posted_amount_change
    from restated
    left join explained
        on
            restated.revision = explained.revision
            and restated.month_start = explained.month_start
            and restated.currency_code = explained.currency_code
),

causes as (
    select * from effects_of_files
    union all
    select
        revision,
        month_start,
        currency_code,
        source_file,
        row_count_change,
        amount_change,
        posted_amount_change
    from unexplained
    where
        row_count_change <> 0
        or amount_change <> 0
        or posted_amount_change <> 0
),

final as (
    select
        restated.month_start,
        restated.currency_code,
        restated.revision,
        causes.source_file,

        restated.row_count_before,
        restated.row_count_after,
        cast(restated.amount_before as decimal(38, 2)) as amount_before,
        cast(restated.amount_after as decimal(38, 2)) as amount_after,
        cast(restated.posted_amount_before as decimal(38, 2)) as posted_amount_before,
        cast(restated.posted_amount_after as decimal(38, 2)) as posted_amount_after,
        cast(causes.row_count_change as bigint) as row_count_change,
        cast(causes.amount_change as decimal(38, 2)) as amount_change,
        cast(causes.posted_amount_change as decimal(38, 2)) as posted_amount_change,

        restated._loaded_at
    from restated
    inner join causes
        on
            restated.revision = causes.revision
            and restated.month_start = causes.month_start
            and restated.currency_code = causes.currency_code
)

select * from final
