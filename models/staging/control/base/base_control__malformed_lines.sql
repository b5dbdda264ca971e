-- Every malformed line of the landed files, once, with its text.
with

new_lines as (
    {{ new_control_rows('malformed_lines', 'malformed_rows > 0') }}
),

final as (
    select
        bronze_file as _source_file,
        cast(source_line as integer) as _source_line,
        batch_id,

        domain,
        entity,
        reason,
        raw_line,

        _arrived_on,
        _loaded_at
    from new_lines
)

{{ fingerprinted('final') }}
