-- Delivered customers: every delivered row exactly once, typed and judged by the contract.
{{ config(meta={'entity': 'banking.customers'}, dist='customer_id') }}

with

bank_segments as (select * from {{ ref('bank_segments') }}),

delivered as (
    {{ delivered_rows('banking', 'customers') }}
),

typed as (
    {{ typed_rows('delivered', 'banking', 'customers') }}
),

judged as (
    {{ judged_rows('banking', 'customers') }}
),

final as (
    select
        {{ base_columns('banking', 'customers') }}
    from judged
)

select * from final
