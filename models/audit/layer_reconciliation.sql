-- What went into each layer, what was set aside on the way with a reason, and what came out: the difference is zero.
-- Whole tables are read on purpose: a check of today's rows cannot find a row that was lost yesterday.
-- The macros audited_entities and gold_reconciliations declare what is reconciled.
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

{% for entity in audited_entities() -%}
{% set money_columns = contract_money_columns(entity.domain, entity.name) -%}
{{ entity.domain }}_{{ entity.name }}_base as (
    -- One column only where the entity has no money.
    select  -- noqa: LT09
        {% for column in money_columns -%}
        sum({{ column }}) as {{ column }},
        {% endfor -%}
        count(*) as layer_rows
    from {{ ref(entity.base) }}
),

{{ entity.domain }}_{{ entity.name }}_stg as (
    -- One column only where the entity has no money.
    select  -- noqa: LT09
        {% if entity.amount -%}
        sum({{ entity.amount }}) as amount,
        {% endif -%}
        count(*) as layer_rows
    from {{ ref(entity.stg) }}
),

{{ entity.domain }}_{{ entity.name }}_steps as (
    select
        {{ text_literal('delivered') }} as from_layer,
        {{ text_literal('base') }} as to_layer,
        {{ text_literal('rows') }} as measure,
        delivered.delivered_rows as amount_in,
        delivered.malformed_rows as amount_set_aside,
        layer.layer_rows as amount_out
    from {{ entity.domain }}_{{ entity.name }}_base as layer
    left join delivered on delivered.domain = '{{ entity.domain }}' and delivered.entity = '{{ entity.name }}'
    {%- for column in money_columns %}
    union all
    select
        {{ text_literal('delivered') }} as from_layer,
        {{ text_literal('base') }} as to_layer,
        {{ text_literal(column) }} as measure,
        control_totals.total_amount as amount_in,
        0 as amount_set_aside,
        layer.{{ column }} as amount_out
    from {{ entity.domain }}_{{ entity.name }}_base as layer
    left join control_totals
        on
            control_totals.domain = '{{ entity.domain }}'
            and control_totals.entity = '{{ entity.name }}'
            and control_totals.column_name = '{{ column }}'
    {%- endfor %}
    union all
    select
        {{ text_literal('base') }} as from_layer,
        {{ text_literal('stg') }} as to_layer,
        {{ text_literal('rows') }} as measure,
        outcomes.base_rows as amount_in,
        outcomes.set_aside_rows as amount_set_aside,
        layer.layer_rows as amount_out
    from {{ entity.domain }}_{{ entity.name }}_stg as layer
    left join outcomes on outcomes.domain = '{{ entity.domain }}' and outcomes.entity = '{{ entity.name }}'
    {%- if entity.amount %}
    union all
    select
        {{ text_literal('base') }} as from_layer,
        {{ text_literal('stg') }} as to_layer,
        {{ text_literal(entity.amount) }} as measure,
        outcomes.base_amount as amount_in,
        outcomes.set_aside_amount as amount_set_aside,
        layer.amount as amount_out
    from {{ entity.domain }}_{{ entity.name }}_stg as layer
    left join outcomes on outcomes.domain = '{{ entity.domain }}' and outcomes.entity = '{{ entity.name }}'
    {%- endif %}
),

{% endfor -%}
gold_steps as (
    {% for domain, entity, before, after, measure, sum_before, sum_after in gold_reconciliations() -%}
    select
        {{ text_literal(domain) }} as domain,
        {{ text_literal(entity) }} as entity,
        {{ text_literal('stg' if before.startswith('stg_') else before) }} as from_layer,
        {{ text_literal(after) }} as to_layer,
        {{ text_literal(measure) }} as measure,
        (select {{ sum_before }} from {{ ref(before) }}) as amount_in,
        0 as amount_set_aside,
        (select {{ sum_after }} from {{ ref(after) }}) as amount_out
    union all
    {% endfor -%}
    -- A balance is in the account's own currency: other currencies and accounts not delivered are set aside.
    select
        {{ text_literal('banking') }} as domain,
        {{ text_literal('transactions') }} as entity,
        {{ text_literal('daily_net_balance_change') }} as from_layer,
        {{ text_literal('dim_account') }} as to_layer,
        {{ text_literal('balance') }} as measure,
        (select sum(net_change) from {{ ref('daily_net_balance_change') }}) as amount_in,
        (
            select sum(daily_changes.net_change)
            from {{ ref('daily_net_balance_change') }} as daily_changes
            left join {{ ref('dim_account') }} as dim_accounts
                on
                    daily_changes.account_id = dim_accounts.account_id
                    and daily_changes.currency_code = dim_accounts.currency
            where dim_accounts.account_id is null
        ) as amount_set_aside,
        (select sum(balance) from {{ ref('dim_account') }}) as amount_out
),

steps as (
    {% for entity in audited_entities() -%}
    select
        {{ text_literal(entity.domain) }} as domain,
        {{ text_literal(entity.name) }} as entity,
        {{ entity.domain }}_{{ entity.name }}_steps.*
    from {{ entity.domain }}_{{ entity.name }}_steps
    union all
    {% endfor -%}
    select
        domain,
        entity,
        from_layer,
        to_layer,
        measure,
        amount_in,
        amount_set_aside,
        amount_out
    from gold_steps
),

amounts as (
    select
        domain,
        entity,
        from_layer,
        to_layer,
        measure,

        cast(coalesce(amount_in, 0) as decimal(38, 2)) as amount_in,
        cast(coalesce(amount_set_aside, 0) as decimal(38, 2)) as amount_set_aside,
        cast(coalesce(amount_out, 0) as decimal(38, 2)) as amount_out
    from steps
),

final as (
    select
        domain,
        entity,
        from_layer,
        to_layer,
        measure,

        amount_in,
        amount_set_aside,
        amount_out,
        cast(amount_in - amount_set_aside - amount_out as decimal(38, 2)) as difference
    from amounts
)

select * from final
