-- The control totals of each landed file, once.
{{ config(dist='all') }}

with

new_totals as (
    {{ new_control_rows('control_totals') }}
),

final as (
    select
        bronze_file as _source_file,
        column_name,
        batch_id,

        cast(total_amount as decimal(38, 2)) as total_amount,
        cast(amount_values as bigint) as amount_values,
        cast(other_values as bigint) as other_values,

        _arrived_on,
        _loaded_at
    from new_totals
)

{{ fingerprinted('final') }}
