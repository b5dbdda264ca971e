-- Fails for a change of a closed month that no late or corrected delivery explains, until a controller signs it in
-- the variable signed_restatements: all measures of a month, currency and revision, or one of them.
{# A measure may have the name of an earlier version. #}
{% set names = var('signed_restatements') -%}
{% set signed_names -%}
'' {%- for name in names + names | map('replace', '_usd', '_reporting') | list %}, {{ quoted(name) }}{% endfor %}
{%- endset -%}

with

restatements as (select * from {{ ref('restatements') }}),

named as (
    select
        *,
        cast(month_start as varchar(10)) || ' ' || currency_code || ' ' || cast(revision as varchar(10))
            as restatement_name
    from restatements
    where source_file is null
),

signed as (
    select
        *,
        restatement_name || ' ' || fact_name || '.' || measure as measure_name
    from named
),

final as (
    select
        month_start,
        currency_code,
        revision,
        fact_name,
        measure,
        row_count_change,
        total_change
    from signed
    where
        restatement_name not in ({{ signed_names }})
        and measure_name not in ({{ signed_names }})
)

select * from final
