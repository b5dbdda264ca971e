-- The latest accepted row of each transaction: one row per transaction. It says whether another one replaces it.
{{ config(
    meta={'entity': 'banking.transactions'},
    unique_key=['transaction_id'],
    dist='transaction_id',
    sort='_loaded_at',
) }}

{% set derived = ['has_time', 'transaction_date', 'amount_signed'] -%}

with

base_transactions as (select * from {{ ref('base_banking__transactions') }}),

transaction_types as (select * from {{ ref('transaction_types') }}),

accepted as (
    {{ accepted_rows('base_transactions', 'banking', 'transactions') }}
),

signed as (
    select
        accepted.*,
        {{ transaction_date_of('accepted') }} as transaction_date,
        cast(accepted.amount * transaction_types.amount_sign as decimal(18, 2)) as amount_signed
    from accepted
    left join transaction_types on accepted.transaction_type = transaction_types.transaction_type_name
),

winners as (
    {{ latest_version('signed', 'banking', 'transactions', derived=derived) }}
),

{{ replacement_steps('winners', 'banking', 'transactions', derived=derived) }}

final as (
    select * from marked
)

select * from final
