-- The rules under which the rows of each incremental model were judged or scored. record_rules adds to this table at
-- the end of a run. It is never rebuilt, not even by a full refresh, because earlier rules cannot be computed again.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    tags=['persistent'],
    on_schema_change='fail',
) }}

with

final as (
    select
        {{ text_literal('') }} as invocation_id,
        cast(null as timestamp) as run_started_at,
        {{ text_literal('') }} as model_name,
        false as is_full_refresh,
        {{ text_literal('') }} as rule_kind,
        {{ text_literal('') }} as rule_name,
        {{ text_literal('') }} as fingerprint
    where false
)

select * from final
