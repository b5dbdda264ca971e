-- What went into each layer, what was set aside on the way with a reason, and what came out: the difference is zero.
-- Whole tables are read on purpose: a check of today's rows cannot find a row that was lost yesterday.
-- The macros audited_entities and gold_reconciliations declare what is reconciled.
with

deliveries as (select * from {{ ref('base_control__deliveries') }}),

control_totals as (select * from {{ ref('base_control__control_totals') }}),

delivery_outcomes as (select * from {{ ref('delivery_outcomes') }}),

banking_totals as (select * from {{ ref('layer_totals_banking') }}),

commerce_totals as (select * from {{ ref('layer_totals_commerce') }}),

daily_changes as (select * from {{ ref('daily_net_balance_change') }}),

accounts as (select * from {{ ref('dim_account') }}),

totals as (
    {% for totals in ['banking_totals', 'commerce_totals'] -%}
    select
        domain,
        entity,
        from_layer,
        to_layer,
        measure,
        is_in,
        {{ wide_value('total_amount') }} as total_amount
    from {{ totals }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

reconciled as (
    select
        domain,
        entity,
        from_layer,
        to_layer,
        measure,
        sum({{ wide_when('is_in', 'total_amount') }}) as amount_in,
        sum({{ wide_when('not is_in', 'total_amount') }}) as amount_out
    from totals
    group by
        domain,
        entity,
        from_layer,
        to_layer,
        measure
),

delivered_rows as (
    select
        domain,
        entity,
        {{ text_literal('delivered') }} as from_layer,
        {{ text_literal('base') }} as to_layer,
        {{ text_literal('rows') }} as measure,
        {{ wide_value('sum(delivered_rows)') }} as amount_in,
        {{ wide_value('sum(malformed_rows)') }} as amount_set_aside
    from deliveries
    group by
        domain,
        entity
),

delivered_amounts as (
    select
        deliveries.domain,
        deliveries.entity,
        {{ text_literal('delivered') }} as from_layer,
        {{ text_literal('base') }} as to_layer,
        control_totals.column_name as measure,
        {{ wide_value('sum(control_totals.total_amount)') }} as amount_in,
        {{ wide_value('0') }} as amount_set_aside
    from control_totals
    inner join deliveries on control_totals._source_file = deliveries.bronze_file
    group by
        deliveries.domain,
        deliveries.entity,
        control_totals.column_name
),

base_rows as (
    select
        domain,
        entity,
        {{ text_literal('base') }} as from_layer,
        {{ text_literal('stg') }} as to_layer,
        {{ text_literal('rows') }} as measure,
        {{ wide_value('sum(base_rows)') }} as amount_in,
        {{ wide_value(
            'sum(rejected_rows + duplicate_rows + superseded_rows '
            ~ '+ replaced_rows + withdrawn_rows)'
        ) }} as amount_set_aside
    from delivery_outcomes
    group by
        domain,
        entity
),

base_amounts as (
    select
        domain,
        entity,
        {{ text_literal('base') }} as from_layer,
        {{ text_literal('stg') }} as to_layer,
        {{ text_literal('amount') }} as measure,
        {{ wide_value('sum(base_amount)') }} as amount_in,
        {{ wide_value(
            'sum(rejected_amount + duplicate_amount + superseded_amount '
            ~ '+ replaced_amount + withdrawn_amount)'
        ) }} as amount_set_aside
    from delivery_outcomes
    group by
        domain,
        entity
),

-- What was posted is added up in the account's own currency, so dim_account leaves out other currencies and accounts
-- that were not delivered.
posted_amounts_left_out as (
    select
        {{ text_literal('banking') }} as domain,
        {{ text_literal('transactions') }} as entity,
        {{ text_literal('daily_net_balance_change') }} as from_layer,
        {{ text_literal('dim_account') }} as to_layer,
        {{ text_literal('posted_amount') }} as measure,
        {{ wide_value('0') }} as amount_in,
        {{ wide_value('sum(daily_changes.net_change)') }} as amount_set_aside
    from daily_changes
    left join accounts
        on
            daily_changes.account_id = accounts.account_id
            and daily_changes.currency_code = accounts.currency
    where accounts.account_id is null
),

-- What does not follow from the totals: what was delivered, and what was set aside.
accounted as (
    select * from delivered_rows
    union all
    select * from delivered_amounts
    union all
    select * from base_rows
    union all
    select * from base_amounts
    union all
    select * from posted_amounts_left_out
),

amounts as (
    select
        reconciled.domain,
        reconciled.entity,
        reconciled.from_layer,
        reconciled.to_layer,
        reconciled.measure,
        cast(reconciled.amount_in + {{ wide_or_zero('accounted.amount_in') }} as decimal(38, 2)) as amount_in,
        {{ wide_or_zero('accounted.amount_set_aside') }} as amount_set_aside,
        cast(reconciled.amount_out as decimal(38, 2)) as amount_out
    from reconciled
    left join accounted
        on
            reconciled.domain = accounted.domain
            and reconciled.entity = accounted.entity
            and reconciled.from_layer = accounted.from_layer
            and reconciled.to_layer = accounted.to_layer
            -- An entity has one control amount, so base_amounts need not name it.
            and (
                reconciled.measure = accounted.measure
                or (accounted.from_layer = 'base' and accounted.measure = 'amount' and reconciled.measure <> 'rows')
            )
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
