-- Who was forgotten, when and why, and the files of bronze in which personal data was overwritten. The macro
-- forget_persons adds rows at the start of a run, when it has overwritten the same in the warehouse.
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
        {{ text_literal('') }} as forget_id,
        {{ text_literal('') }} as customer_id,
        cast(null as timestamp) as forgotten_at,
        {{ text_literal('') }} as forgotten_by,
        {{ text_literal('') }} as reason,
        {{ text_literal('') }} as domain,
        {{ text_literal('') }} as entity,
        {{ text_literal('') }} as bronze_file,
        cast(null as bigint) as overwritten_rows,
        cast(null as bigint) as overwritten_values,
        cast(null as timestamp) as _loaded_at
    where false
)

select * from final
