-- What did each run do, and how long did it take? Filled by record_run at the end of every run; never rebuilt, a full
-- refresh included, because nothing else knows what has been.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    on_schema_change='fail',
) }}

with

final as (
    select
        {{ text_literal('') }} as invocation_id,
        cast(null as timestamp) as run_started_at,
        {{ text_literal('') }} as command,
        false as is_full_refresh,
        {{ text_literal('') }} as engine,
        {{ text_literal('') }} as target_name,
        {{ text_literal('') }} as node_id,
        {{ text_literal('') }} as resource_type,
        {{ text_literal('') }} as node_name,
        {{ text_literal('') }} as status,
        cast(null as bigint) as rows_affected,
        cast(null as bigint) as failure_count,
        cast(null as decimal(18, 3)) as seconds
    where false
)

select * from final
