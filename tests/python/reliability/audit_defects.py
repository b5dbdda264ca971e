"""Defects in the tables of the audit itself."""

from __future__ import annotations

from tests.python.reliability.defect import CLOSED, FACT, LAYERS, LISTED, RESTATED, ROWS, Defect, audit_defect, doubled

QUALITY = "data_quality_daily_rules: "
EXPECTED = "expected_deliveries_rules: "
OUTCOMES = "row_outcomes_rules: "
ONCE_EACH = OUTCOMES + "source_file, source_line unique"

AUDIT_DEFECTS = {
    "audit: a file doubled": audit_defect(doubled("dev_audit.deliveries"), "unique_deliveries_delivery_sk"),
    "audit: the outcomes of a file doubled": audit_defect(
        doubled("dev_audit.delivery_outcomes"), "unique_delivery_outcomes_bronze_file"
    ),
    "audit: a reconciliation doubled": audit_defect(
        doubled("dev_audit.layer_reconciliation"), "layer_reconciliation_one_row_per_layers_and_measure"
    ),
    "audit: an entity missing": audit_defect(
        "delete from dev_audit.layer_reconciliation where entity = 'fx_rates'", "every_landed_entity_is_reconciled"
    ),
    "audit: a rejected row missing": audit_defect(
        "delete from dev_audit.rejected_rows where rowid = (select min(rowid) from dev_audit.rejected_rows)", LISTED
    ),
    "audit: a row rejected by an unknown step": audit_defect(
        "update dev_audit.rejected_rows set rejected_by = 'nobody'",
        "accepted_values_rejected_rows_rejected_by__landing__rules",
    ),
    "audit: a duplicate row missing": audit_defect(
        "delete from dev_audit.row_outcomes where rowid = (select min(rowid) from dev_audit.row_outcomes "
        "where outcome = 'duplicate')",
        LISTED,
    ),
    "audit: an outcome doubled": audit_defect(doubled("dev_audit.row_outcomes", "outcome = 'current'"), ONCE_EACH),
    "audit: a duplicate doubled": audit_defect(
        doubled("dev_audit.row_outcomes", "outcome = 'duplicate'"),
        *(ONCE_EACH, "duplicate_rows_once_each", LISTED),
    ),
    "audit: an unknown outcome": audit_defect(
        "update dev_audit.row_outcomes set outcome = 'lost' where outcome = 'current'",
        OUTCOMES + "outcome in ('rejected', 'duplicate', 'superseded', 'replaced', 'withdrawn', 'current')",
    ),
    "audit: a key used again in an unknown way": audit_defect(
        "update dev_audit.row_outcomes set reuse = 'somehow' where outcome = 'current'",
        OUTCOMES + "reuse in ('belongs_to', 'numbering')",
    ),
    "audit: an expected delivery doubled": audit_defect(
        doubled("dev_audit.expected_deliveries"), EXPECTED + "domain, entity, expected_on unique"
    ),
    "audit: an expected delivery with an unknown status": audit_defect(
        "update dev_audit.expected_deliveries set delivery_status = 'on its way'",
        EXPECTED + "delivery_status in ('delivered', 'late', 'missing', 'refused')",
    ),
    "audit: an expected delivery of an unknown frequency": audit_defect(
        "update dev_audit.expected_deliveries set frequency = 'sometimes'",
        EXPECTED + "frequency in ('daily', 'business_days', 'monthly')",
    ),
    "audit: a late delivery without a file": audit_defect(
        "update dev_audit.expected_deliveries set delivery_status = 'late', late_file = null",
        EXPECTED + " what_is_late_names_its_file",
    ),
    "audit: the quality of a day doubled": audit_defect(
        doubled("dev_audit.data_quality_daily"), QUALITY + "domain, entity, arrived_on, rule_name unique"
    ),
    "audit: a negative number of rows": audit_defect(
        "update dev_audit.data_quality_daily set delivered_rows = -1",
        QUALITY + "delivered_rows >= 0",
    ),
    "audit: a negative number of failed rows": audit_defect(
        "update dev_audit.data_quality_daily set failed_rows = -1",
        QUALITY + "failed_rows >= 0",
    ),
    "audit: a failed share above 1": audit_defect(
        "update dev_audit.data_quality_daily set failed_share = 1.5",
        QUALITY + "failed_share between 0 and 1",
    ),
    "audit: a trailing failed share above 1": audit_defect(
        "update dev_audit.data_quality_daily set trailing_failed_share = 1.5",
        QUALITY + "trailing_failed_share between 0 and 1",
    ),
    "audit: more trailing days than the window has": audit_defect(
        "update dev_audit.data_quality_daily set trailing_days = 29",
        QUALITY + "trailing_days between 0 and 28",
    ),
    "audit: a coverage doubled": audit_defect(
        doubled("dev_audit.dimension_coverage"), "dimension_coverage_one_row_per_fact_dimension_and_age"
    ),
    "audit: unknown members without a date": audit_defect(
        "update dev_audit.dimension_coverage set oldest_unknown_date = null where unknown_count > 0",
        "dimension_coverage_dates_what_is_unknown",
    ),
    "audit: the coverage of a fact missing": audit_defect(
        "delete from dev_audit.dimension_coverage where fact = 'fact_loan'", "every_fact_and_history_is_audited"
    ),
    "audit: a history missing": audit_defect(
        "delete from dev_audit.scd2_integrity where history_table = 'dim_loan_history'",
        "every_fact_and_history_is_audited",
    ),
    "audit: a history doubled": audit_defect(doubled("dev_audit.scd2_integrity"), "scd2_integrity_one_row_per_history"),
    "audit: a balance doubled": audit_defect(
        doubled("dev_audit.balance_reconciliation"), "balance_reconciliation_one_row_per_account_day_and_currency"
    ),
    "audit: a difference without an explanation": audit_defect(
        "update dev_audit.balance_reconciliation set is_tied = false where is_tied",
        "balance_reconciliation_says_what_it_knows_of_every_difference",
    ),
    "audit: a revision doubled": audit_defect(
        doubled("dev_audit.monthly_totals"), "monthly_totals_one_row_per_measure_month_currency_and_revision"
    ),
    "audit: a restatement doubled": Defect(
        frozenset({LAYERS, ROWS, RESTATED, "restatements_one_row_per_measure_month_currency_revision_and_file"}),
        planted=(f"delete from {FACT} where {CLOSED}",),
        in_audit=(doubled("dev_audit.restatements"),),
    ),
    "audit: a total of banking doubled": audit_defect(
        doubled("dev_audit.layer_totals_banking"), "layer_totals_banking_one_row_per_reconciliation_and_side"
    ),
    "audit: a total of commerce doubled": audit_defect(
        doubled("dev_audit.layer_totals_commerce"), "layer_totals_commerce_one_row_per_reconciliation_and_side"
    ),
    "audit: a recorded rule doubled": audit_defect(
        doubled("dev_audit.rule_fingerprints"), "rule_fingerprints_one_row_per_run_model_and_rule"
    ),
    "audit: a recorded rule of an unknown kind": audit_defect(
        "update dev_audit.rule_fingerprints set rule_kind = 'guess' where rule_kind = 'variable'",
        "accepted_values_rule_fingerprints_rule_kind__all__rule__added_rule__seed__variable",
    ),
    "audit: a request to forget doubled": audit_defect(
        "insert into dev_audit.forgotten_persons (forget_id, bronze_file) values ('F1', 'file'), ('F1', 'file')",
        "forgotten_persons_one_row_per_request_and_file",
    ),
    "audit: a run doubled": audit_defect(doubled("dev_audit.run_history"), "run_history_one_row_per_run_and_node"),
}
