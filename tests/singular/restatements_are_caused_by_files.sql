-- Fails for a change of a closed month that no late or corrected delivery explains, until a controller signs it in
-- the variable signed_restatements.
with

restatements as (select * from {{ ref('restatements') }}),

final as (
    select
        month_start,
        currency_code,
        revision,
        row_count_change,
        amount_change,
        posted_amount_change
    from restatements
    where
        source_file is null
        and cast(month_start as varchar(10)) || ' ' || currency_code || ' ' || cast(revision as varchar(10)) not in (
            ''
            {% for signed in var('signed_restatements') -%}
            , {{ quoted(signed) }}
            {% endfor %}
        )
)

select * from final
