-- The files of which two layers do not have the same rows: the numbers of rows, the sums of lines and amounts, or the
-- fingerprints of all values differ. These sums need no sort and no join, so every run makes them over the whole
-- history. Empty if everything ties out. The full proof lists all files, so that unexplained_rows compares all rows.
{% set compared = file_borders() -%}

with

row_outcomes as (select * from {{ ref('row_outcomes') }}),

{% for side in compared -%}
side_{{ loop.index }} as (
    {{ side_totals(side) }}
),

{% endfor -%}
totals as (
    {% for side in compared -%}
    select * from side_{{ loop.index }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

differences as (
    select
        domain,
        entity,
        from_layer,
        to_layer,
        source_file,
        cast(sum(row_total) as bigint) as row_difference,
        cast(sum(line_total) as bigint) as line_difference,
        cast(sum(amount_total) as decimal(38, 2)) as amount_difference,
        cast(sum(weighted_total) as decimal(38, 2)) as weighted_difference,
        sum(fingerprint_total) as fingerprint_difference
    from totals
    group by
        domain,
        entity,
        from_layer,
        to_layer,
        source_file
),

final as (
    select
        domain,
        entity,
        from_layer,
        to_layer,
        source_file,

        row_difference,
        amount_difference,
        fingerprint_difference = 0 as has_equal_fingerprints
    from differences
    {% if not proof_is_full() -%}
    where
        row_difference <> 0
        or line_difference <> 0
        or amount_difference <> 0
        or weighted_difference <> 0
        or fingerprint_difference <> 0
    {%- endif %}
)

select * from final
