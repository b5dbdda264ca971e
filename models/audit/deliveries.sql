-- Every delivered file, the outcomes of its rows and their amounts, and whether they add up to what was delivered.
with

deliveries as (select * from {{ ref('base_control__deliveries') }}),

outcomes as (select * from {{ ref('delivery_outcomes') }}),

control_totals as (select * from {{ ref('base_control__control_totals') }}),

malformed_lines as (select * from {{ ref('base_control__malformed_lines') }}),

-- The control total of each entity's control amount.
delivered_amounts as (
    select
        deliveries.bronze_file,
        sum(control_totals.total_amount) as delivered_amount
    from deliveries
    inner join control_totals on deliveries.bronze_file = control_totals._source_file
    where
        (
            false
            {% for entity in audited_entities() if entity.amount -%}
            or (
                deliveries.domain = '{{ entity.domain }}'
                and deliveries.entity = '{{ entity.name }}'
                and control_totals.column_name = '{{ entity.amount }}'
            )
            {% endfor -%}
        )
    group by deliveries.bronze_file
),

kept_lines as (
    select
        _source_file,
        count(*) as kept_count
    from malformed_lines
    group by _source_file
),

with_outcomes as (
    select
        deliveries.delivery_sk,

        deliveries.domain,
        deliveries.entity,
        deliveries.arrived_on,
        deliveries.delivered_file,
        deliveries.bronze_file,
        deliveries.delivery_status,
        deliveries.refusal_reason,
        deliveries.stated_by,
        deliveries.delivered_sha256,
        deliveries.derived_from,

        deliveries.delivered_rows,
        deliveries.malformed_rows,
        coalesce(kept_lines.kept_count, 0) as kept_rows,
        coalesce(outcomes.base_rows, 0) as base_rows,
        coalesce(outcomes.rejected_rows, 0) as rejected_rows,
        coalesce(outcomes.duplicate_rows, 0) as duplicate_rows,
        coalesce(outcomes.superseded_rows, 0) as superseded_rows,
        coalesce(outcomes.replaced_rows, 0) as replaced_rows,
        coalesce(outcomes.withdrawn_rows, 0) as withdrawn_rows,
        coalesce(outcomes.current_rows, 0) as current_rows,
        {{ wide_or_zero('delivered_amounts.delivered_amount') }} as delivered_amount,
        {{ wide_or_zero('outcomes.rejected_amount') }} as rejected_amount,
        {{ wide_or_zero('outcomes.duplicate_amount') }} as duplicate_amount,
        {{ wide_or_zero('outcomes.superseded_amount') }} as superseded_amount,
        {{ wide_or_zero('outcomes.replaced_amount') }} as replaced_amount,
        {{ wide_or_zero('outcomes.withdrawn_amount') }} as withdrawn_amount,
        {{ wide_or_zero('outcomes.current_amount') }} as current_amount,
        {{ wide_or_zero('outcomes.base_amount') }} as base_amount,

        deliveries._loaded_at
    from deliveries
    left join outcomes on deliveries.bronze_file = outcomes.bronze_file
    left join delivered_amounts on deliveries.bronze_file = delivered_amounts.bronze_file
    left join kept_lines on deliveries.bronze_file = kept_lines._source_file
),

-- Three differences, which could cancel out in a sum: delivered rows that are not in base, malformed rows without their
-- text, and rows in base without an outcome. The first one that is not zero is shown.
differences as (
    select
        *,
        case
            when delivered_rows - malformed_rows <> base_rows then delivered_rows - malformed_rows - base_rows
            when malformed_rows <> kept_rows then malformed_rows - kept_rows
            else
                base_rows - rejected_rows - duplicate_rows - superseded_rows - replaced_rows - withdrawn_rows
                - current_rows
        end as rows_difference,
        cast(
            case
                when delivered_amount <> base_amount then {{ wide_value('delivered_amount - base_amount') }}
                else {{ wide_value(
                    'base_amount - rejected_amount - duplicate_amount - superseded_amount - replaced_amount '
                    ~ '- withdrawn_amount - current_amount'
                ) }}
            end as decimal(38, 2)
        ) as amount_difference
    from with_outcomes
),

final as (
    select
        delivery_sk,

        domain,
        entity,
        arrived_on,
        delivered_file,
        bronze_file,
        delivery_status,
        refusal_reason,
        stated_by,
        delivered_sha256,
        derived_from,

        delivered_rows,
        malformed_rows,
        base_rows,
        rejected_rows,
        duplicate_rows,
        superseded_rows,
        replaced_rows,
        withdrawn_rows,
        current_rows,
        rows_difference,
        cast(delivered_amount as decimal(38, 2)) as delivered_amount,
        cast(rejected_amount as decimal(38, 2)) as rejected_amount,
        cast(duplicate_amount as decimal(38, 2)) as duplicate_amount,
        cast(superseded_amount as decimal(38, 2)) as superseded_amount,
        cast(replaced_amount as decimal(38, 2)) as replaced_amount,
        cast(withdrawn_amount as decimal(38, 2)) as withdrawn_amount,
        cast(current_amount as decimal(38, 2)) as current_amount,
        amount_difference,
        rows_difference = 0 and amount_difference = 0 as is_tied,

        _loaded_at
    from differences
)

select * from final
