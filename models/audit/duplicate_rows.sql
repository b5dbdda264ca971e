-- Every accepted row that adds nothing to silver, and the row that is kept instead. A row is a duplicate if a later
-- arrival replaced it at the same update time, or if the state before or after it has the same content.
{{ config(materialized='view') }}

with

row_outcomes as (select * from {{ ref('row_outcomes') }}),

final as (
    select
        domain,
        entity,
        business_key,
        updated_at,
        source_file,
        source_line,
        arrived_on,
        kept_source_file,
        kept_source_line,
        _loaded_at
    from row_outcomes
    where outcome = 'duplicate'
)

select * from final
