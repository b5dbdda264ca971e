"""What the audit says about everything that was delivered, as sentences and tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from loaders.audit import queries, run_queries
from loaders.audit.proof import FULL_PROOF_DAYS, full_proof
from loaders.audit.restated import restated_by_files, unexplained_restatements
from loaders.audit.rules import currencies_differ, rules_differ
from loaders.audit.set_aside import MostlyRejected, findings, mostly_rejected, notes
from loaders.audit.sources import source_notes, sources_differ
from loaders.audit.waiting import not_loaded
from loaders.audit.waivers import Waivers
from loaders.audit.warehouse import BronzeIsAwayError, Row, Warehouse
from loaders.wording import counted

PAUSE_DAYS = 14
"""After so many days without any delivery of a domain, nothing was expected of it: the default of the project."""


@dataclass(frozen=True)
class Verdict:
    """What the audit says about everything that was delivered.

    Attributes:
        as_of: when the last file was loaded, the arrival days and the number of files.
        deliveries: per entity, the outcomes of its rows and amounts.
        layers: per reconciliation, what went in, was set aside and came out.
        unexplained: per pair of layers, the oldest row that differs.
        restated: per measure and file, what changed in closed months, of the last run that found any.
        findings: a sentence for everything that does not tie out; empty if all does.
        notes: a sentence for everything that is explained but still open.
    """

    as_of: Row
    deliveries: list[Row]
    layers: list[Row]
    unexplained: list[Row]
    restated: list[Row]
    findings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def ties_out(self) -> bool:
        """True if nothing was found."""
        return not self.findings


def read_verdict(
    warehouse: Warehouse,
    signed: frozenset[str] = frozenset(),
    *,
    waived: frozenset[str] = frozenset(),
    full_proof_days: int = FULL_PROOF_DAYS,
    too_many_rejected: MostlyRejected = MostlyRejected(),  # noqa: B008 - immutable
    pause_days: int = PAUSE_DAYS,
    only_loaded: bool = False,
    now: datetime | None = None,
) -> Verdict:
    """Read the audit.

    Args:
        warehouse: the warehouse that is judged.
        signed: restatements without a file that a controller has signed, as `2025-01-01 USD 17` for all
            measures, or `2025-01-01 USD 17 fact_sales.cogs` for one.
        waived: findings that a controller has waived, as `2025-01-10 banking/transactions`.
        full_proof_days: the age in days at which a full proof is too old.
        too_many_rejected: from when on the rejected rows of a file are too many.
        pause_days: after so many days without any delivery of a domain, nothing was expected of it.
        only_loaded: whether only gold and audit are read, as the role `analyst` may. Then files that wait in bronze are
            not found.
        now: the time at which the age of the last full proof is judged (default: the present).

    Raises:
        TieoutError: the audit does not exist or cannot be read.
    """
    verdict = Verdict(
        as_of=warehouse.row(queries.AS_OF),
        deliveries=warehouse.rows(queries.DELIVERIES),
        layers=sorted(warehouse.rows(queries.LAYERS), key=_in_order_of_layers),
        unexplained=warehouse.rows(queries.UNEXPLAINED),
        restated=restated_by_files(warehouse),
    )
    if not only_loaded:
        _not_loaded(warehouse, verdict)
        verdict.findings.extend(_not_audited(warehouse))
    verdict.findings.extend(_out_of_date(warehouse))
    verdict.findings.extend(rules_differ(warehouse.rows(queries.RULES)))
    verdict.findings.extend(currencies_differ(warehouse.rows(queries.OTHER_CURRENCY)))
    verdict.findings.extend(_differences(warehouse, verdict))
    verdict.findings.extend(_cycles(warehouse))
    verdict.findings.extend(_histories(warehouse))
    verdict.findings.extend(unexplained_restatements(warehouse, signed))
    set_aside_rows = warehouse.rows(queries.SET_ASIDE.format(least=too_many_rejected.rows))
    set_aside = mostly_rejected(set_aside_rows, too_many_rejected)
    waivers = Waivers(waived)
    verdict.findings.extend(findings(set_aside, waivers))
    verdict.notes.extend(notes(set_aside, waivers))
    verdict.findings.extend(sources_differ(warehouse, waivers))
    proved_at = warehouse.row(run_queries.FULL_PROOF)["proved_at"]
    proof, is_recent = full_proof(proved_at, now or datetime.now(UTC), full_proof_days)
    (verdict.notes if is_recent else verdict.findings).append(proof)
    verdict.notes.extend(source_notes(warehouse, waivers, pause_days))
    verdict.notes.extend(_open_items(warehouse))
    return verdict


def _in_order_of_layers(layer: Row) -> tuple[Any, ...]:
    """Order reconciliations by layer: into base, into stg, into facts and dimensions, then within gold."""
    first = {"delivered": 0, "base": 1, "stg": 2}.get(layer["from_layer"], 3)
    return (
        layer["domain"],
        layer["entity"],
        first,
        layer["from_layer"],
        layer["to_layer"],
        layer["measure"] != "rows",
        layer["measure"],
    )


def _not_loaded(warehouse: Warehouse, verdict: Verdict) -> None:
    try:
        waiting = not_loaded(warehouse)
    except BronzeIsAwayError as error:
        verdict.notes.append(f"Whether files have landed that are not loaded is not known here. {error}")
        return
    if waiting["file_count"]:
        verdict.findings.append(
            f"Landed files that are not loaded: {waiting['file_count']:,}, the oldest from "
            f"{waiting['oldest_on']}. Run dbt build."
        )


def _not_audited(warehouse: Warehouse) -> Iterator[str]:
    not_audited = warehouse.row(queries.NOT_AUDITED)
    if not_audited["file_count"]:
        yield (
            f"Loaded files that are not in the audit: {not_audited['file_count']:,}, the oldest from "
            f"{not_audited['oldest_on']}. A build did not finish. Run dbt build."
        )


def _out_of_date(warehouse: Warehouse) -> Iterator[str]:
    for run in warehouse.rows(run_queries.UNFINISHED):
        yield (
            f"The run dbt {run['command']} that began at {run['run_started_at']:%Y-%m-%d %H:%M:%S} UTC has not ended, "
            "so some tables may be older than others. It was interrupted, or is still running. Wait for its end, or "
            "run dbt build."
        )
    audit_tables = {row["table_name"] for row in warehouse.rows(queries.AUDIT_TABLES)}
    since = sorted({row["node_name"] for row in warehouse.rows(run_queries.BUILT_SINCE)} - audit_tables)
    if since:
        yield (
            f"Tables that were built after the audit: {len(since):,}, for example {since[0]}. The audit does not cover "
            "them. Run dbt build."
        )
    nodes = warehouse.rows(run_queries.FAILED)
    for failed in nodes:
        if failed["status"] != "skipped":
            count = f", rows: {failed['failure_count']:,}" if failed["failure_count"] else ""
            yield (
                f"The {failed['resource_type'].replace('_', ' ')} {failed['node_name']} ended with "
                f"'{failed['status']}'{count}. Read dbt's output, fix the cause, and run dbt build."
            )
    skipped = [node["node_name"] for node in nodes if node["status"] == "skipped"]
    if skipped:
        yield f"Nodes that the last build skipped: {len(skipped):,}, for example {skipped[0]}. Run dbt build."


def _differences(warehouse: Warehouse, verdict: Verdict) -> Iterator[str]:
    files = warehouse.rows(queries.UNTIED_FILES)
    if files:
        oldest = files[0]
        yield (
            f"Files that do not add up: {len(files):,}. The oldest is {oldest['bronze_file']}, with a difference of "
            f"{oldest['rows_difference']:+,} rows and an amount of {oldest['amount_difference']:+,}."
        )
    for rows in verdict.unexplained:
        found = rows["business_key"] or "a row without a key"
        if rows["source_file"]:
            found += f", {rows['source_file']} line {rows['source_line']}"
        if rows["from_layer"] == "built":
            yield (
                f"{rows['entity']} rows that were changed after the run that wrote them: {rows['row_count']:,}. The "
                f"first is {found}. Find out who changed them, then {_mend_changed(rows['entity'])}"
            )
            continue
        yield (
            f"{rows['entity']} rows that differ between {rows['from_layer']} and {rows['to_layer']}: "
            f"{rows['row_count']:,}. The oldest is {found}."
        )
    for layer in verdict.layers:
        if layer["difference"]:
            yield (
                f"{layer['entity']}, {layer['from_layer']} to {layer['to_layer']}, {layer['measure']}: difference "
                f"{layer['difference']:+,}."
            )


def _mend_changed(table: str) -> str:
    """Return what to do about rows that were changed by hand. Two kinds of tables are never refreshed."""
    if table.startswith("snap_"):
        return "delete the changed versions that are current, and run dbt build, or restore a backup (docs/runbook.md)"
    if table.startswith("base_control__"):
        return "restore a backup (docs/runbook.md)"
    return f"run dbt build --full-refresh --select {table}+"


def _cycles(warehouse: Warehouse) -> Iterator[str]:
    for cycle in warehouse.rows(queries.CYCLES):
        yield (
            f"Transactions that replace each other in a circle, so that none of them counts: {cycle['row_count']:,}. "
            f"The first is {cycle['transaction_id']}, {cycle['source_file']} line {cycle['source_line']}. Deliver "
            "the one that counts again without replaces_transaction_id, or delete one of them."
        )


def _histories(warehouse: Warehouse) -> Iterator[str]:
    for history in warehouse.rows(queries.HISTORIES):
        wrong = ", ".join(
            f"{name.replace('_', ' ')} {count:,}"
            for name, count in history.items()
            if name != "history_table" and count
        )
        yield f"The history {history['history_table']} has errors: {wrong}."


def _open_items(warehouse: Warehouse) -> Iterator[str]:
    older = warehouse.rows(run_queries.LEFT_OUT)
    if older:
        yield (
            f"Tables that were last built before the last file was loaded: {len(older):,}, for example "
            f"{older[0]['node_name']}. Later runs did not select them. Run dbt build to bring them up to date."
        )
    rejected = warehouse.row(queries.REJECTED)
    if rejected["row_count"]:
        waiting = rejected["row_count"] - rejected["resolved_count"]
        oldest = f", the oldest from {rejected['oldest_on']} (tieout rejects export)" if waiting else ""
        yield (
            f"Rows rejected with a reason: {rejected['row_count']:,}; resolved: {rejected['resolved_count']:,}; "
            f"waiting for a correction: {waiting:,}{oldest}."
        )
    for unknown in warehouse.rows(queries.UNKNOWN):
        yield (
            f"Rows of {unknown['fact']} that point to the unknown member of {unknown['dimension']}: "
            f"{unknown['fact_count']:,}, the oldest from {unknown['oldest_on']}."
        )
    for left_out in warehouse.rows(queries.UNCONVERTED):
        yield (
            f"Rows of {left_out['fact']} without an amount in {left_out['reporting_currency']}: "
            f"{left_out['unconverted_count']:,}, {left_out['unconverted_amount']:,} {left_out['currency_code']}, the "
            f"oldest from {left_out['oldest_date']}. Deliver the exchange rates{_of_reporting(left_out)}."
        )
    for uncosted in warehouse.rows(queries.UNCOSTED):
        example = f", for example {uncosted['product_id']}" if uncosted["product_count"] else ""
        yield (
            f"Rows of fact_sales without a known unit cost: {uncosted['row_count']:,}, of "
            f"{counted(uncosted['product_count'], 'product')}{example}, the oldest from {uncosted['oldest_on']}. Their "
            "revenue is not in gross profit. Deliver their cost_of_goods."
        )
    for ahead in warehouse.rows(queries.FUTURE_DATED):
        yield (
            f"Rows of {ahead['fact']} that are dated after they arrived: {ahead['row_count']:,}, from "
            f"{ahead['first_date']} to {ahead['last_date']}. One of the files is {ahead['source_file']}. "
            "audit.future_dated_rows lists them; deliver the rows with a wrong date again."
        )
    for books in warehouse.rows(queries.BOOKS):
        yield (
            f"Account days on which the bank's balances differ from the transactions ({books['explanation']}): "
            f"{books['day_count']:,}, the oldest {books['oldest_on']}."
        )


def _of_reporting(left_out: Row) -> str:
    """Say that a rate of the reporting currency is needed too: delivered rates are in US dollars."""
    reporting = left_out["reporting_currency"]
    if reporting == "USD":
        return ""
    own = "" if left_out["currency_code"] == "USD" else f"{left_out['currency_code']} and "
    return f" of {own}{reporting}"
