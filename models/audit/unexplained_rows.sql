-- The rows behind a difference: one row per file and line that does not occur equally often, with the same values, in
-- two layers. Rows are compared one by one in the files whose totals differ; in all files by the full proof. Rows
-- that were changed after the run that wrote them are listed too. Empty if everything ties out.
{% set compared = file_borders() -%}
{% set of_outcomes = compared | selectattr('table', 'equalto', 'row_outcomes') | list -%}
{% set of_tables = compared | rejectattr('table', 'equalto', 'row_outcomes') | list -%}

with

deliveries as (select * from {{ ref('base_control__deliveries') }}),

differing_files as (select * from {{ ref('differing_files') }}),

changed_rows as (select * from {{ ref('changed_rows') }}),

row_outcomes as (select * from {{ ref('row_outcomes') }}),

outcome_rows as (
    {{ outcome_rows(of_outcomes, 'row_outcomes', 'differing_files') }}
),

{% for side in of_tables -%}
side_{{ loop.index }}_rows as (
    {{ side_rows(side, 'differing_files') }}
),

{% endfor -%}
occurrences as (
    select * from outcome_rows
    {%- for side in of_tables %}
    union all
    select * from side_{{ loop.index }}_rows
    {%- endfor %}
),

counted as (
    select
        domain,
        entity,
        from_layer,
        to_layer,
        source_file,
        source_line,
        amount,
        row_fingerprint,
        max(business_key) as key_of_row,
        sum(rows_in) as count_in,
        sum(rows_out) as count_out
    from occurrences
    group by
        domain,
        entity,
        from_layer,
        to_layer,
        source_file,
        source_line,
        amount,
        row_fingerprint
),

unexplained as (
    select
        domain,
        entity,
        from_layer,
        to_layer,
        source_file,
        source_line,
        key_of_row as business_key,
        amount,
        count_in as rows_in,
        count_out as rows_out
    from counted
    where count_in <> count_out
    union all
    select
        {{ text_literal('changed') }} as domain,
        table_name as entity,
        {{ text_literal('built') }} as from_layer,
        table_name as to_layer,
        source_file,
        source_line,
        business_key,
        cast(null as decimal(18, 2)) as amount,
        1 as rows_in,
        0 as rows_out
    from changed_rows
),

final as (
    select
        unexplained.domain,
        unexplained.entity,
        unexplained.from_layer,
        unexplained.to_layer,
        unexplained.source_file,
        unexplained.source_line,
        unexplained.business_key,

        deliveries.arrived_on,

        unexplained.amount,
        cast(unexplained.rows_in as bigint) as rows_in,
        cast(unexplained.rows_out as bigint) as rows_out
    from unexplained
    -- A left join, because a row of a file that is not in the delivery log must be listed too.
    left join deliveries on unexplained.source_file = deliveries.bronze_file
)

select * from final
