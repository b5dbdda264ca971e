-- Delivered locations: every delivered row exactly once, typed and judged by the contract.
{{ config(meta={'entity': 'banking.locations'}, dist='all') }}

with

delivered as (
    {{ delivered_rows('banking', 'locations') }}
),

typed as (
    {{ typed_rows('delivered', 'banking', 'locations') }}
),

judged as (
    {{ judged_rows('banking', 'locations') }}
),

final as (
    select
        {{ base_columns('banking', 'locations') }}
    from judged
)

select * from final
