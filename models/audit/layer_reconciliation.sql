-- What went into each layer, what was set aside on the way with a reason, and what came out: the difference is zero.
-- Reads whole tables on purpose: a proof that looks only at today cannot see a row that went missing yesterday.
with

delivered as (
    select
        domain,
        entity,
        sum(delivered_rows) as delivered_rows,
        sum(malformed_rows) as malformed_rows
    from {{ ref('base_control__deliveries') }}
    group by
        domain,
        entity
),

control_totals as (
    select
        deliveries.domain,
        deliveries.entity,
        control_totals.column_name,
        sum(cast(control_totals.total_amount as decimal(38, 2))) as total_amount
    from {{ source('control', 'control_totals') }} as control_totals
    inner join {{ ref('base_control__deliveries') }} as deliveries
        on
            control_totals.bronze_file = deliveries.bronze_file
            and control_totals.batch_id = deliveries.batch_id
    group by
        deliveries.domain,
        deliveries.entity,
        control_totals.column_name
),

outcomes as (
    select
        domain,
        entity,
        sum(base_rows) as base_rows,
        sum(rejected_rows + duplicate_rows + superseded_rows) as set_aside_rows,
        sum(base_amount) as base_amount,
        sum(rejected_amount + duplicate_amount + superseded_amount) as set_aside_amount
    from {{ ref('delivery_outcomes') }}
    group by
        domain,
        entity
),

transaction_totals as (
    select
        count(*) as fact_rows,
        sum(transaction_amount) as fact_amount,
        sum(posted_amount) as posted_amount
    from {{ ref('fact_transaction') }}
),

{% for entity in audited_entities() -%}
{% set money_columns = contract_money_columns(entity.domain, entity.name) -%}
{{ entity.name }}_base as (
    -- One column only where the entity has no money.
    select  -- noqa: LT09
        {% for column in money_columns -%}
        sum({{ column }}) as {{ column }},
        {% endfor -%}
        count(*) as layer_rows
    from {{ ref(entity.base) }}
),

{{ entity.name }}_stg as (
    -- One column only where the entity has no money.
    select  -- noqa: LT09
        {% if entity.amount -%}
        sum({{ entity.amount }}) as amount,
        {% endif -%}
        count(*) as layer_rows
    from {{ ref(entity.stg) }}
),

{{ entity.name }}_steps as (
    select
        'delivered' as from_layer,
        'base' as to_layer,
        'rows' as measure,
        delivered.delivered_rows as amount_in,
        delivered.malformed_rows as amount_set_aside,
        layer.layer_rows as amount_out
    from {{ entity.name }}_base as layer
    left join delivered on delivered.domain = '{{ entity.domain }}' and delivered.entity = '{{ entity.name }}'
    {%- for column in money_columns %}
    union all
    select
        'delivered' as from_layer,
        'base' as to_layer,
        '{{ column }}' as measure,
        control_totals.total_amount as amount_in,
        0 as amount_set_aside,
        layer.{{ column }} as amount_out
    from {{ entity.name }}_base as layer
    left join control_totals
        on
            control_totals.domain = '{{ entity.domain }}'
            and control_totals.entity = '{{ entity.name }}'
            and control_totals.column_name = '{{ column }}'
    {%- endfor %}
    union all
    select
        'base' as from_layer,
        'stg' as to_layer,
        'rows' as measure,
        outcomes.base_rows as amount_in,
        outcomes.set_aside_rows as amount_set_aside,
        layer.layer_rows as amount_out
    from {{ entity.name }}_stg as layer
    left join outcomes on outcomes.domain = '{{ entity.domain }}' and outcomes.entity = '{{ entity.name }}'
    {%- if entity.amount %}
    union all
    select
        'base' as from_layer,
        'stg' as to_layer,
        '{{ entity.amount }}' as measure,
        outcomes.base_amount as amount_in,
        outcomes.set_aside_amount as amount_set_aside,
        layer.amount as amount_out
    from {{ entity.name }}_stg as layer
    left join outcomes on outcomes.domain = '{{ entity.domain }}' and outcomes.entity = '{{ entity.name }}'
    {%- endif %}
),

{% endfor -%}
-- The members of a dimension and the rows of a fact; the unknown members came from no file.
gold_steps as (
    select
        'customers' as entity,
        'stg' as from_layer,
        'dim_customer' as to_layer,
        'rows' as measure,
        (select count(*) from {{ ref('stg_banking__customers') }}) as amount_in,
        (
            select count(*)
            from {{ ref('dim_customer') }}
            where customer_id <> 'unknown'
        ) as amount_out
    union all
    select
        'customers' as entity,
        'stg' as from_layer,
        'dim_customer_history' as to_layer,
        'rows' as measure,
        (select count(*) from {{ ref('stg_banking__customer_versions') }}) as amount_in,
        (
            select count(*)
            from {{ ref('dim_customer_history') }}
            where customer_id <> 'unknown'
        ) as amount_out
    union all
    select
        'accounts' as entity,
        'stg' as from_layer,
        'dim_account' as to_layer,
        'rows' as measure,
        (select count(*) from {{ ref('stg_banking__accounts') }}) as amount_in,
        (
            select count(*)
            from {{ ref('dim_account') }}
            where account_id <> 'unknown'
        ) as amount_out
    union all
    select
        'accounts' as entity,
        'stg' as from_layer,
        'dim_account_history' as to_layer,
        'rows' as measure,
        (select count(*) from {{ ref('stg_banking__account_versions') }}) as amount_in,
        (
            select count(*)
            from {{ ref('dim_account_history') }}
            where account_id <> 'unknown'
        ) as amount_out
    union all
    select
        'loans' as entity,
        'stg' as from_layer,
        'fact_loan' as to_layer,
        'rows' as measure,
        (select count(*) from {{ ref('stg_banking__loans') }}) as amount_in,
        (select count(*) from {{ ref('fact_loan') }}) as amount_out
    union all
    select
        'loans' as entity,
        'stg' as from_layer,
        'fact_loan' as to_layer,
        'loan_amount' as measure,
        (select sum(loan_amount) from {{ ref('stg_banking__loans') }}) as amount_in,
        (select sum(loan_amount) from {{ ref('fact_loan') }}) as amount_out
    union all
    select
        'transactions' as entity,
        'stg' as from_layer,
        'fact_transaction' as to_layer,
        'rows' as measure,
        (select count(*) from {{ ref('stg_banking__transactions') }}) as amount_in,
        (select fact_rows from transaction_totals) as amount_out
    union all
    select
        'transactions' as entity,
        'stg' as from_layer,
        'fact_transaction' as to_layer,
        'amount' as measure,
        (select sum(amount) from {{ ref('stg_banking__transactions') }}) as amount_in,
        (select fact_amount from transaction_totals) as amount_out
    union all
    select
        'transactions' as entity,
        'stg' as from_layer,
        'fact_transaction' as to_layer,
        'amount_signed' as measure,
        (select sum(amount_signed) from {{ ref('stg_banking__transactions') }}) as amount_in,
        (select sum(amount_signed) from {{ ref('fact_transaction') }}) as amount_out
    union all
    select
        'transactions' as entity,
        'fact_transaction' as from_layer,
        'daily_transaction_volume' as to_layer,
        'rows' as measure,
        (select fact_rows from transaction_totals) as amount_in,
        (select sum(transaction_count) from {{ ref('daily_transaction_volume') }}) as amount_out
    union all
    select
        'transactions' as entity,
        'fact_transaction' as from_layer,
        'daily_transaction_volume' as to_layer,
        'amount' as measure,
        (select fact_amount from transaction_totals) as amount_in,
        (select sum(transaction_amount) from {{ ref('daily_transaction_volume') }}) as amount_out
    union all
    select
        'transactions' as entity,
        'fact_transaction' as from_layer,
        'daily_transaction_volume' as to_layer,
        'posted_amount' as measure,
        (select posted_amount from transaction_totals) as amount_in,
        (select sum(credit_amount - debit_amount) from {{ ref('daily_transaction_volume') }}) as amount_out
    union all
    select
        'transactions' as entity,
        'fact_transaction' as from_layer,
        'daily_net_balance_change' as to_layer,
        'posted_amount' as measure,
        (select posted_amount from transaction_totals) as amount_in,
        (select sum(net_change) from {{ ref('daily_net_balance_change') }}) as amount_out
),

steps as (
    {% for entity in audited_entities() -%}
    select
        '{{ entity.domain }}' as domain,
        '{{ entity.name }}' as entity,
        {{ entity.name }}_steps.*
    from {{ entity.name }}_steps
    union all
    {% endfor -%}
    select
        'banking' as domain,
        entity,
        from_layer,
        to_layer,
        measure,
        amount_in,
        0 as amount_set_aside,
        amount_out
    from gold_steps
),

final as (
    select
        domain,
        entity,
        from_layer,
        to_layer,
        measure,

        cast(coalesce(amount_in, 0) as decimal(38, 2)) as amount_in,
        cast(coalesce(amount_set_aside, 0) as decimal(38, 2)) as amount_set_aside,
        cast(coalesce(amount_out, 0) as decimal(38, 2)) as amount_out,
        cast(coalesce(amount_in, 0) - coalesce(amount_set_aside, 0) - coalesce(amount_out, 0) as decimal(38, 2))
            as difference
    from steps
)

select * from final
