-- What each run did and how long it took. The macros record_start and record_run add rows at the start and end of every
-- run. A full refresh does not rebuild the table: earlier runs are recorded nowhere else.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    tags=['persistent'],
    on_schema_change='append_new_columns',
) }}

with

final as (
    select
        {{ text_literal('') }} as invocation_id,
        cast(null as timestamp) as run_started_at,
        {{ text_literal('') }} as command,
        false as is_full_refresh,
        false as is_full_proof,
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
