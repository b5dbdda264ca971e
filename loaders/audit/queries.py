"""The queries of `tieout check`."""

from __future__ import annotations

DELIVERIES = """
select
    domain,
    entity,
    sum(case when delivery_status = 'landed' and derived_from is null then 1 else 0 end) as landed_files,
    sum(case when delivery_status <> 'landed' and derived_from is null then 1 else 0 end) as refused_files,
    sum(delivered_rows) as delivered_rows,
    sum(malformed_rows) as malformed_rows,
    sum(rejected_rows) as rejected_rows,
    sum(duplicate_rows) as duplicate_rows,
    sum(superseded_rows) as superseded_rows,
    sum(replaced_rows) as replaced_rows,
    sum(withdrawn_rows) as withdrawn_rows,
    sum(current_rows) as current_rows,
    sum(rows_difference) as rows_difference,
    sum(delivered_amount) as delivered_amount,
    sum(rejected_amount) as rejected_amount,
    sum(duplicate_amount) as duplicate_amount,
    sum(superseded_amount) as superseded_amount,
    sum(replaced_amount) as replaced_amount,
    sum(withdrawn_amount) as withdrawn_amount,
    sum(current_amount) as current_amount,
    sum(amount_difference) as amount_difference,
    sum(case when is_tied then 0 else 1 end) as untied_files,
    min(case when not is_tied then arrived_on end) as oldest_untied_on
from {audit}.deliveries
group by domain, entity
order by domain, entity
"""

LAYERS = """
select domain, entity, from_layer, to_layer, measure, amount_in, amount_set_aside, amount_out, difference
from {audit}.layer_reconciliation
"""

# Of the rows behind each difference, the one that arrived first.
UNEXPLAINED = """
select domain, entity, from_layer, to_layer, arrived_on, source_file, source_line, business_key, row_count
from (
    select
        *,
        count(*) over (partition by domain, entity, from_layer, to_layer) as row_count,
        row_number() over (
            partition by domain, entity, from_layer, to_layer
            order by arrived_on, source_file, source_line, amount
        ) as file_rank
    from {audit}.unexplained_rows
) as ranked
where file_rank = 1
order by domain, entity, from_layer, to_layer
"""

# Transactions that replace each other in a circle, the one that arrived first.
CYCLES = """
select transaction_id, source_file, source_line, row_count
from (
    select
        *,
        count(*) over () as row_count,
        row_number() over (order by arrived_on, source_file, source_line) as arrival_rank
    from {audit}.replacement_cycles
) as ranked
where arrival_rank = 1
"""

UNTIED_FILES = """
select domain, entity, bronze_file, arrived_on, rows_difference, amount_difference
from {audit}.deliveries
where not is_tied
order by arrived_on, bronze_file
"""

HISTORIES = """
select
    history_table, overlap_count, gap_count, misplaced_count, keys_without_current, keys_with_several_current,
    missing_count, surplus_count, snapshot_difference_count
from {audit}.scd2_integrity
where not is_intact
order by history_table
"""

# The number of manifests of each arrival day, in the Glue catalog and in the delivery log.
MANIFESTS_IN_CATALOG = """
select partitions.values, partitions.parameters
from svv_external_partitions as partitions
where partitions.schemaname = '{bronze}' and partitions.tablename = 'control__deliveries'
"""

MANIFESTS_LOADED = """
select cast(arrived_on as varchar(10)) as arrived_on, count(distinct _source_file) as file_count
from {silver}.base_control__deliveries
group by 1
"""

# {days} is a condition on the arrival day.
NOT_LOADED = """
select count(*) as file_count, min(landed.dt) as oldest_on
from {{bronze}}.control__deliveries as landed
left join {{silver}}.base_control__deliveries as delivery_log
    on
        landed.dt = delivery_log.arrived_on
        and landed.delivered_file = delivery_log.delivered_file
        and landed.delivered_sha256 = delivery_log.delivered_sha256
        and landed.delivery_status = delivery_log.delivery_status
where
    {days}
    and delivery_log.delivery_sk is null
"""

NOT_AUDITED = """
select count(*) as file_count, min(delivery_log.arrived_on) as oldest_on
from {silver}.base_control__deliveries as delivery_log
left join {audit}.deliveries as audited on delivery_log.delivery_sk = audited.delivery_sk
where audited.delivery_sk is null
"""

AUDIT_TABLES = "select table_name from information_schema.tables where table_schema = '{audit}'"

AS_OF = """
select
    max(_loaded_at) as loaded_at,
    min(arrived_on) as first_on,
    max(arrived_on) as last_on,
    count(*) as file_count
from {audit}.deliveries
"""

REJECTED = """
select
    count(*) as row_count,
    sum(case when is_resolved then 1 else 0 end) as resolved_count,
    min(case when not is_resolved then arrived_on end) as oldest_on
from {audit}.rejected_rows
"""

# Unresolved rejected rows by file and reasons. {least}: files with fewer such rows are left out.
SET_ASIDE = """
select
    deliveries.entity,
    deliveries.bronze_file,
    deliveries.delivered_rows,
    rejected.rejected_by,
    rejected.reasons,
    rejected.row_count
from (
    select source_file, rejected_by, reasons, count(*) as row_count
    from {{audit}}.rejected_rows
    where not is_resolved
    group by source_file, rejected_by, reasons
) as rejected
inner join (
    select source_file
    from {{audit}}.rejected_rows
    where not is_resolved
    group by source_file
    having count(*) >= {least}
) as candidates on rejected.source_file = candidates.source_file
inner join {{audit}}.deliveries as deliveries on rejected.source_file = deliveries.bronze_file
where deliveries.delivery_status = 'landed'
order by deliveries.arrived_on, deliveries.bronze_file, rejected.row_count desc, rejected.reasons
"""

UNCONVERTED = """
select
    unconverted.fact, unconverted.currency_code, unconverted.oldest_date, unconverted.unconverted_count,
    unconverted.unconverted_amount, reporting.currency_code as reporting_currency
from {audit}.unconverted_amounts as unconverted
inner join {gold}.dim_currency as reporting on reporting.is_reporting_currency
order by unconverted.fact desc, unconverted.currency_code
"""

# Sales that count in revenue and not in gross profit, because no cost of their product is known on their day.
UNCOSTED = """
select
    count(*) as row_count,
    count(distinct delivered_product_id) as product_count,
    min(delivered_product_id) as product_id,
    min(sold_date) as oldest_on
from {gold}.fact_sales
where calculated_total_cogs is null and not return_flag
having count(*) > 0
"""

FUTURE_DATED = """
select
    fact,
    count(*) as row_count,
    min(happened_on) as first_date,
    max(happened_on) as last_date,
    min(source_file) as source_file
from {audit}.future_dated_rows
group by fact
order by fact desc
"""

BOOKS = """
select explanation, count(*) as day_count, min(balance_date) as oldest_on
from {audit}.balance_reconciliation
where not is_tied
group by explanation
order by explanation
"""

UNKNOWN = """
select fact, dimension, fact_count, oldest_on
from (
    select fact, dimension, sum(unknown_count) as fact_count, min(oldest_unknown_date) as oldest_on
    from {audit}.dimension_coverage
    group by fact, dimension
) as waiting
where fact_count > 0
order by fact, dimension
"""

# The rules that each model was built under since its last full refresh.
RULES = """
select model_name, invocation_id, rule_kind, rule_name, fingerprint
from (
    select
        *,
        max(case when is_full_refresh then run_started_at end) over (partition by model_name) as refreshed_at
    from {audit}.rule_fingerprints
) as recorded
where run_started_at >= coalesce(refreshed_at, run_started_at)
order by model_name, run_started_at, rule_kind, rule_name
"""

# Models whose rows were last computed in another currency than the reporting currency.
OTHER_CURRENCY = """
select recorded.model_name, recorded.currency_code, reporting.currency_code as reporting_currency
from (
    select
        model_name,
        fingerprint as currency_code,
        row_number() over (partition by model_name order by run_started_at desc) as run_rank
    from {audit}.rule_fingerprints
    where rule_kind = 'variable' and rule_name = 'reporting_currency'
) as recorded
inner join {gold}.dim_currency as reporting
    on reporting.is_reporting_currency and recorded.currency_code <> reporting.currency_code
where recorded.run_rank = 1
order by recorded.model_name
"""
