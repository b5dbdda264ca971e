-- Delivered transactions: every delivered row exactly once, typed and judged by the contract.
{{ config(
    meta={'entity': 'banking.transactions'},
    dist='transaction_id',
    sort='_loaded_at',
) }}

with

transaction_types as (select * from {{ ref('transaction_types') }}),

currencies as (select * from {{ ref('currencies') }}),

channels as (select * from {{ ref('channels') }}),

transaction_statuses as (select * from {{ ref('transaction_statuses') }}),

delivered as (
    {{ delivered_rows('banking', 'transactions') }}
),

typed as (
    {{ typed_rows('delivered', 'banking', 'transactions') }}
),

judged as (
    {{ judged_rows('banking', 'transactions') }}
),

final as (
    select
        {{ base_columns('banking', 'transactions') }}
    from judged
)

select * from final
