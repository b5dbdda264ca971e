-- The files of which two layers do not have the same rows: the numbers of rows, the sums of lines and amounts, or the
-- fingerprints of all values differ. These sums need no sort and no join, so every run makes them over the whole
-- history. Empty if everything ties out. The full proof lists all files, so that unexplained_rows compares all rows.
{{ config(dist='all') }}
{% set compared = file_borders() -%}
{% set totals = compared | map(attribute='totals') | reject('equalto', 'row_outcomes_totals') | unique | list -%}

with

row_outcomes_totals as (
    select
        domain,
        entity,
        outcome,
        source_file,
        count(*) as row_total,
        sum(source_line) as line_total,
        cast(sum(coalesce(control_amount, 0)) as decimal(38, 2)) as amount_total,
        cast(sum(cast(coalesce(_fingerprint, 0) as decimal(38, 0))) as decimal(38, 0)) as fingerprint_total
    from {{ ref('row_outcomes') }}
    group by
        domain,
        entity,
        outcome,
        source_file
),

{% for name in totals -%}
{{ name }} as (
    {{ table_totals(compared | selectattr('totals', 'equalto', name) | list) }}
),

{% endfor -%}
all_totals as (
    {% for side in compared -%}
    {{ side_totals(side) }}
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
        cast(sum(cast(amount_total as decimal(38, 2))) as decimal(38, 2)) as amount_difference,
        sum(cast(weighted_total as decimal(38, 2))) as weighted_difference,
        sum(cast(fingerprint_total as decimal(38, 0))) as fingerprint_difference
    from all_totals
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
