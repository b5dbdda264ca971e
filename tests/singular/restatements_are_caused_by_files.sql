-- A closed month may change only through a late or corrected delivery, to the row and cent. A change without one fails
-- until a controller signs it, in the variable signed_restatements.
with

restatements as (select * from {{ ref('restatements') }}),

final as (
    select *
    from restatements
    where
        source_file is null
        {%- for signed in var('signed_restatements') %}
        and cast(month_start as varchar(10)) || ' ' || currency_code || ' ' || cast(sighting as varchar(10))
        <> {{ quoted(signed) }}
        {%- endfor %}
)

select * from final
