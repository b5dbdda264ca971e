-- A closed month may change only through a late or corrected delivery, to the row and cent. A change without one fails
-- until a controller signs it, in the variable signed_restatements.
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
