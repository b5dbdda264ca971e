-- Fails for a file whose malformed, rejected and duplicate rows in deliveries differ in number from its rows in
-- rejected_rows and duplicate_rows.
with

deliveries as (select * from {{ ref('deliveries') }}),

rejected as (
    select
        source_file,
        count(*) as listed_count
    from {{ ref('rejected_rows') }}
    group by source_file
),

duplicates as (
    select
        source_file,
        count(*) as listed_count
    from {{ ref('duplicate_rows') }}
    group by source_file
),

landed as (
    select
        bronze_file,
        malformed_rows + rejected_rows as set_aside_rows,
        duplicate_rows
    from deliveries
    where delivery_status = 'landed'
),

listed as (
    select
        coalesce(rejected.source_file, duplicates.source_file) as source_file,
        coalesce(rejected.listed_count, 0) as rejected_count,
        coalesce(duplicates.listed_count, 0) as duplicate_count
    from rejected
    full outer join duplicates on rejected.source_file = duplicates.source_file
),

final as (
    select
        coalesce(landed.bronze_file, listed.source_file) as source_file,
        landed.set_aside_rows,
        listed.rejected_count,
        landed.duplicate_rows,
        listed.duplicate_count
    from landed
    full outer join listed on landed.bronze_file = listed.source_file
    where
        coalesce(landed.set_aside_rows, 0) <> coalesce(listed.rejected_count, 0)
        or coalesce(landed.duplicate_rows, 0) <> coalesce(listed.duplicate_count, 0)
)

select * from final
