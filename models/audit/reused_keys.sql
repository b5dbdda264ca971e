-- Every row that uses the key of an earlier row for something else: the booking of another account, the line of another
-- order, or another event. The earlier row no longer counts. Empty if every key means one thing.
{{ config(materialized='view') }}

with

row_outcomes as (select * from {{ ref('row_outcomes') }}),

final as (
    select
        domain,
        entity,
        business_key,
        reuse,
        reuse_detail,
        source_file,
        source_line,
        arrived_on,
        earlier_source_file,
        earlier_source_line,
        _loaded_at
    from row_outcomes
    where reuse is not null
)

select * from final
