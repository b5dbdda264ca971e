"""`tieout check`: does everything that was delivered tie out? The audit's tables as a verdict that can be signed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer
import yaml
from rich.console import Console

from loaders.audit.console import add, console, shown, table
from loaders.audit.warehouse import Row, TargetOption, Warehouse, open_warehouse
from loaders.contract import project_root
from loaders.errors import TieoutError

_DELIVERIES = """
select
    domain,
    entity,
    sum(case when delivery_status = 'landed' then 1 else 0 end) as landed_files,
    sum(case when delivery_status = 'landed' then 0 else 1 end) as refused_files,
    sum(delivered_rows) as delivered_rows,
    sum(malformed_rows) as malformed_rows,
    sum(rejected_rows) as rejected_rows,
    sum(duplicate_rows) as duplicate_rows,
    sum(superseded_rows) as superseded_rows,
    sum(current_rows) as current_rows,
    sum(rows_difference) as rows_difference,
    sum(delivered_amount) as delivered_amount,
    sum(rejected_amount) as rejected_amount,
    sum(duplicate_amount) as duplicate_amount,
    sum(superseded_amount) as superseded_amount,
    sum(current_amount) as current_amount,
    sum(amount_difference) as amount_difference,
    sum(case when is_tied then 0 else 1 end) as untied_files,
    min(case when not is_tied then arrived_on end) as oldest_untied_on
from {audit}.deliveries
group by domain, entity
order by domain, entity
"""

_LAYERS = """
select domain, entity, from_layer, to_layer, measure, amount_in, amount_set_aside, amount_out, difference
from {audit}.layer_reconciliation
"""

# The first row behind each difference, by the day on which it arrived.
_UNEXPLAINED = """
select domain, entity, from_layer, to_layer, arrived_on, source_file, source_line, business_key, row_count
from (
    select
        *,
        count(*) over (partition by domain, entity, from_layer, to_layer) as row_count,
        row_number() over (
            partition by domain, entity, from_layer, to_layer
            order by arrived_on, source_file, source_line, amount
        ) as place
    from {audit}.unexplained_rows
) as ranked
where place = 1
order by domain, entity, from_layer, to_layer
"""

_UNTIED_FILES = """
select domain, entity, bronze_file, arrived_on, rows_difference, amount_difference
from {audit}.deliveries
where not is_tied
order by arrived_on, bronze_file
"""

_HISTORIES = """
select
    history_table, overlap_count, gap_count, misplaced_count, keys_without_current, keys_with_several_current,
    missing_count, surplus_count
from {audit}.scd2_integrity
where not is_intact
order by history_table
"""

_RESTATED = """
select month_start, currency_code, revision, row_count_change, amount_change, posted_amount_change
from {audit}.restatements
where source_file is null
order by month_start, currency_code, revision
"""

_NOT_LOADED = """
select count(*) as file_count, min(landed.dt) as oldest_on
from {bronze}.control__deliveries as landed
left join {silver}.base_control__deliveries as ledger
    on
        landed.dt = ledger.arrived_on
        and landed.delivered_file = ledger.delivered_file
        and landed.delivered_sha256 = ledger.delivered_sha256
        and landed.delivery_status = ledger.delivery_status
where ledger.delivery_sk is null
"""

_NOT_AUDITED = """
select count(*) as file_count, min(ledger.arrived_on) as oldest_on
from {silver}.base_control__deliveries as ledger
left join {audit}.deliveries as audited on ledger.delivery_sk = audited.delivery_sk
where audited.delivery_sk is null
"""

# What was built after the proof was, rightly or not: the proof says nothing of it.
_BUILT_SINCE = """
select distinct history.node_name
from {audit}.run_history as history
cross join (
    select max(run_started_at) as audited_at
    from {audit}.run_history
    where node_name = 'layer_reconciliation' and resource_type = 'model' and status = 'success'
) as audits
where
    history.resource_type in ('model', 'snapshot', 'seed')
    and history.run_started_at > audits.audited_at
    and history.status not in ('skipped', 'no-op')
"""

_AUDIT_TABLES = "select table_name from information_schema.tables where table_schema = '{audit}'"

_FAILED = """
select node_name, resource_type, status, failure_count
from (
    select
        history.*,
        row_number() over (partition by history.node_id order by history.run_started_at desc) as place
    from {audit}.run_history as history
    cross join (
        select max(run_started_at) as built_at
        from {audit}.run_history
        where command = 'build'
    ) as builds
    where history.run_started_at >= coalesce(builds.built_at, history.run_started_at)
) as latest
where place = 1 and status in {failed}
order by resource_type, node_name
"""

_AS_OF = """
select
    max(_loaded_at) as loaded_at,
    min(arrived_on) as first_on,
    max(arrived_on) as last_on,
    count(*) as file_count
from {audit}.deliveries
"""

_REJECTED = """
select
    count(*) as row_count,
    sum(case when is_resolved then 1 else 0 end) as resolved_count,
    min(case when not is_resolved then arrived_on end) as oldest_on
from {audit}.rejected_rows
"""

_BOOKS = """
select explanation, count(*) as day_count, min(balance_date) as oldest_on
from {audit}.balance_reconciliation
where not is_tied
group by explanation
order by explanation
"""

_UNKNOWN = """
select fact, dimension, fact_count, oldest_on
from (
    select fact, dimension, sum(unknown_count) as fact_count, min(oldest_unknown_date) as oldest_on
    from {audit}.dimension_coverage
    group by fact, dimension
) as waiting
where fact_count > 0
order by fact, dimension
"""


@dataclass(frozen=True)
class Verdict:
    """What the audit says of everything that was delivered.

    Attributes:
        as_of: when what was loaded, and from which arrival days.
        deliveries: per entity, what became of its rows and money.
        layers: per border between two layers and measure, what went in, was set aside and came out.
        unexplained: per border, the oldest row behind its difference.
        findings: a sentence for everything that does not tie out, the oldest item first; empty if all does.
        notes: a sentence for what is explained, but not yet settled.
    """

    as_of: Row
    deliveries: list[Row]
    layers: list[Row]
    unexplained: list[Row]
    findings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def ties_out(self) -> bool:
        """True if nothing was found."""
        return not self.findings


def read_verdict(warehouse: Warehouse, signed: frozenset[str] = frozenset()) -> Verdict:
    """Read the audit.

    Args:
        warehouse: the warehouse that is judged.
        signed: restatements without a file that a controller has signed, as `2025-01-01 USD 17`.

    Raises:
        TieoutError: the audit is not there or cannot be read.
    """
    verdict = Verdict(
        as_of=warehouse.row(_AS_OF),
        deliveries=warehouse.rows(_DELIVERIES),
        layers=sorted(warehouse.rows(_LAYERS), key=_way_of_a_row),
        unexplained=warehouse.rows(_UNEXPLAINED),
    )
    verdict.findings.extend(_proof_is_old(warehouse))
    verdict.findings.extend(_does_not_tie(warehouse, verdict))
    verdict.findings.extend(_is_not_whole(warehouse, signed))
    verdict.notes.extend(_is_not_settled(warehouse))
    return verdict


def _way_of_a_row(layer: Row) -> tuple[Any, ...]:
    """Order borders as rows go: into base, into stg, into facts and dimensions, from there on."""
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


def _proof_is_old(warehouse: Warehouse) -> Iterator[str]:
    not_loaded = warehouse.row(_NOT_LOADED)
    if not_loaded["file_count"]:
        yield (
            f"Landed files that are not loaded: {not_loaded['file_count']:,}, the oldest of {not_loaded['oldest_on']}. "
            "Run dbt build."
        )
    not_audited = warehouse.row(_NOT_AUDITED)
    if not_audited["file_count"]:
        yield (
            f"Loaded files that are not in the audit: {not_audited['file_count']:,}, the oldest of "
            f"{not_audited['oldest_on']}. A build did not come to its end: run dbt build."
        )
    audit_tables = {row["table_name"] for row in warehouse.rows(_AUDIT_TABLES)}
    since = sorted({row["node_name"] for row in warehouse.rows(_BUILT_SINCE)} - audit_tables)
    if since:
        yield (
            f"Tables that were built after the audit: {len(since):,}, {since[0]} for one. It says nothing of them: run "
            "dbt build."
        )
    nodes = warehouse.rows(_FAILED)
    for failed in nodes:
        if failed["status"] != "skipped":
            count = f", rows: {failed['failure_count']:,}" if failed["failure_count"] else ""
            yield (
                f"The {failed['resource_type'].replace('_', ' ')} {failed['node_name']} ended with "
                f"'{failed['status']}'{count}. See what dbt said, and run dbt build."
            )
    skipped = [node["node_name"] for node in nodes if node["status"] == "skipped"]
    if skipped:
        yield f"Nodes that the last build skipped: {len(skipped):,}, {skipped[0]} for one. Run dbt build."


def _does_not_tie(warehouse: Warehouse, verdict: Verdict) -> Iterator[str]:
    files = warehouse.rows(_UNTIED_FILES)
    if files:
        oldest = files[0]
        yield (
            f"Files that do not add up: {len(files):,}, the oldest is {oldest['bronze_file']}: rows "
            f"{oldest['rows_difference']:+,}, amount {oldest['amount_difference']:+,}."
        )
    for border in verdict.unexplained:
        yield (
            f"{border['entity']} rows that differ between {border['from_layer']} and {border['to_layer']}: "
            f"{border['row_count']:,}, the oldest is {border['business_key'] or 'of no known key'}, "
            f"{border['source_file']} line {border['source_line']}."
        )
    for layer in verdict.layers:
        if layer["difference"]:
            yield (
                f"{layer['entity']}, {layer['from_layer']} to {layer['to_layer']}, {layer['measure']}: difference "
                f"{layer['difference']:+,}."
            )


def _is_not_whole(warehouse: Warehouse, signed: frozenset[str]) -> Iterator[str]:
    for history in warehouse.rows(_HISTORIES):
        wrong = ", ".join(
            f"{name.replace('_', ' ')} {count:,}"
            for name, count in history.items()
            if name != "history_table" and count
        )
        yield f"The history {history['history_table']} is not whole: {wrong}."
    for month in warehouse.rows(_RESTATED):
        name = f"{month['month_start']} {month['currency_code']} {month['revision']}"
        if name not in signed:
            yield (
                f"The closed month {month['month_start']:%Y-%m} changed in {month['currency_code']} by "
                f"{month['row_count_change']:+,} rows and {month['amount_change']:+,} without a delivery: find the "
                f"cause, then sign '{name}' in signed_restatements (dbt_project.yml)."
            )


def _is_not_settled(warehouse: Warehouse) -> Iterator[str]:
    rejected = warehouse.row(_REJECTED)
    if rejected["row_count"]:
        waiting = rejected["row_count"] - rejected["resolved_count"]
        oldest = f", the oldest of {rejected['oldest_on']} (tieout rejects export)" if waiting else ""
        yield (
            f"Rows kept aside with their reasons: {rejected['row_count']:,}; resolved: {rejected['resolved_count']:,}; "
            f"waiting for a correction: {waiting:,}{oldest}."
        )
    for unknown in warehouse.rows(_UNKNOWN):
        yield (
            f"Rows of {unknown['fact']} on the unknown member of {unknown['dimension']}: {unknown['fact_count']:,}, "
            f"the oldest of {unknown['oldest_on']}."
        )
    for books in warehouse.rows(_BOOKS):
        yield (
            f"Account days on which the bank's balances differ from the transactions, {books['explanation']}: "
            f"{books['day_count']:,}, the oldest {books['oldest_on']}."
        )


def signed_restatements() -> frozenset[str]:
    """Return what controllers have signed in `dbt_project.yml`.

    Raises:
        TieoutError: the file is no YAML or cannot be read.
    """
    file = project_root() / "dbt_project.yml"
    try:
        variables = yaml.safe_load(file.read_text(encoding="utf-8"))["vars"]["tieout"]
        return frozenset(str(name) for name in variables.get("signed_restatements") or ())
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise TieoutError(
            f"The signed restatements cannot be read from {file}: {error!r}. Put the file right."
        ) from None


def command(
    target: TargetOption = None,
    differences: Annotated[
        bool, typer.Option("--differences", help="Show only what does not tie out, not every entity and layer.")
    ] = False,
) -> None:
    """Say whether every delivered row and every cent ties out, entity by entity and layer by layer.

    Reads the audit of the last build; exits with 1 when anything does not tie out, or was built after it.
    """
    with open_warehouse(target) as warehouse:
        verdict = read_verdict(warehouse, signed_restatements())
        _print(verdict, warehouse, console(), only_differences=differences)
    if not verdict.ties_out:
        raise typer.Exit(1)


def _print(verdict: Verdict, warehouse: Warehouse, out: Console, *, only_differences: bool) -> None:
    as_of = verdict.as_of
    days = f"arrived {as_of['first_on']} to {as_of['last_on']}, " if as_of["file_count"] else ""
    out.print(
        f"Tie-out of {warehouse.target} on {warehouse.engine} ({warehouse.place}): {as_of['file_count']:,} files, "
        f"{days}loaded until {shown(as_of['loaded_at']) or 'never'} UTC.\n"
    )
    _print_deliveries(verdict, out, only_differences=only_differences)
    _print_layers(verdict, out, only_differences=only_differences)
    for note in verdict.notes:
        out.print(f"Note: {note}")
    if verdict.ties_out:
        rows = sum(entity["delivered_rows"] for entity in verdict.deliveries)
        out.print(
            f"\nEverything ties out: {rows:,} rows of {len(verdict.deliveries)} entities, "
            f"{len(verdict.layers)} borders between layers, differences 0.",
            style="bold green",
        )
        out.print("\nController: ______________________________   Date: ____________")
        return
    out.print("\nIt does not tie out:", style="bold red")
    for finding in verdict.findings:
        out.print(f"- {finding}", style="red", markup=False)


def _print_deliveries(verdict: Verdict, out: Console, *, only_differences: bool) -> None:
    numbers = (
        *("Files", "Refused", "Delivered", "Malformed", "Rejected", "Duplicate", "Superseded", "Current"),
        "Difference",
    )
    made = table(
        "What was delivered, and what became of it",
        ("Entity", "Measure", *numbers, "Oldest unexplained"),
        numbers=numbers,
    )
    for entity in verdict.deliveries:
        name = f"{entity['domain']}/{entity['entity']}"
        untied = bool(entity["untied_files"])
        if untied or not only_differences:
            add(
                *(made, name, "rows", entity["landed_files"], entity["refused_files"], entity["delivered_rows"]),
                *(entity["malformed_rows"], entity["rejected_rows"], entity["duplicate_rows"]),
                *(entity["superseded_rows"], entity["current_rows"], entity["rows_difference"]),
                entity["oldest_untied_on"],
                alarm=untied,
            )
            if entity["delivered_amount"] or entity["amount_difference"]:
                add(
                    *(made, "", "amount", None, None, entity["delivered_amount"], None, entity["rejected_amount"]),
                    *(entity["duplicate_amount"], entity["superseded_amount"], entity["current_amount"]),
                    *(entity["amount_difference"], None),
                    alarm=bool(entity["amount_difference"]),
                )
    if made.row_count:
        out.print(made)
        out.print()


def _print_layers(verdict: Verdict, out: Console, *, only_differences: bool) -> None:
    numbers = ("In", "Set aside", "Out", "Difference")
    made = table(
        "From layer to layer", ("Entity", "From", "To", "Measure", *numbers, "Oldest unexplained"), numbers=numbers
    )
    oldest = {
        (row["domain"], row["entity"], row["from_layer"], row["to_layer"]): (
            f"{shown(row['arrived_on']) or 'never delivered'} {row['business_key'] or ''}"
        )
        for row in verdict.unexplained
    }
    entity = None
    for layer in verdict.layers:
        unexplained = oldest.get((layer["domain"], layer["entity"], layer["from_layer"], layer["to_layer"]))
        if only_differences and not (layer["difference"] or unexplained):
            continue
        name = f"{layer['domain']}/{layer['entity']}"
        if name != entity:
            made.add_section()
        counts = [
            int(amount) if layer["measure"] == "rows" else amount
            for amount in (layer["amount_in"], layer["amount_set_aside"], layer["amount_out"], layer["difference"])
        ]
        add(
            *(made, "" if name == entity else name, layer["from_layer"], layer["to_layer"], layer["measure"], *counts),
            unexplained,
            alarm=bool(layer["difference"] or unexplained),
        )
        entity = name
    if made.row_count:
        out.print(made)
        out.print()
