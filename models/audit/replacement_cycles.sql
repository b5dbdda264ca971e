-- Transactions that replace each other in a circle, so that none of them counts, and those whose chain leads into one.
-- Empty if every chain ends. In each step, the transactions remain whose chain is longer. There are more steps than any
-- real chain has transactions, so what remains does not end.
{% set steps = 12 -%}

with

transactions as (select * from {{ ref('stg_banking__transactions') }}),

-- Only what is replaced and replaces another one can be in a circle, and hardly any transaction is.
chained_0 as (
    select
        transaction_id,
        replaces_transaction_id,
        _source_file,
        _source_line,
        _arrived_on
    from transactions
    where
        replaces_transaction_id is not null
        and is_replaced
        and {{ is_active() }}
),

{% for step in range(1, steps + 1) -%}
chained_{{ step }} as (
    select chained.*
    from chained_{{ step - 1 }} as chained
    inner join chained_{{ step - 1 }} as replaced on chained.replaces_transaction_id = replaced.transaction_id
),

{% endfor -%}
final as (
    select
        transaction_id,
        replaces_transaction_id,

        _source_file as source_file,
        _source_line as source_line,
        _arrived_on as arrived_on
    from chained_{{ steps }}
)

select * from final
