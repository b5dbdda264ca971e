"""`tieout check`: whether everything that was delivered ties out, as a report that a controller can sign."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console

from loaders.audit.console import add, console, shown, table
from loaders.audit.live import live_findings, live_note, live_queries
from loaders.audit.restated import restated_table
from loaders.audit.set_aside import MostlyRejected
from loaders.audit.verdict import Verdict, read_verdict
from loaders.audit.warehouse import TargetOption, Warehouse, open_warehouse
from loaders.contract import project_root
from loaders.errors import TieoutError
from loaders.variables import PROJECT_FILE, dbt_variables


@dataclass(frozen=True)
class Variables:
    """The variables of the project that the verdict depends on.

    Attributes:
        signed_restatements: restatements without a file that a controller has signed.
        waived_findings: findings that a controller has waived.
        full_proof_days: the age in days at which a full proof is too old.
        too_many_rejected: from when on the rejected rows of a file are too many.
        pause_days: after so many days without any delivery of a domain, nothing was expected of it.
    """

    signed_restatements: frozenset[str]
    waived_findings: frozenset[str]
    full_proof_days: int
    too_many_rejected: MostlyRejected
    pause_days: int


def project_variables() -> Variables:
    """Return the variables in `dbt_project.yml`.

    Raises:
        TieoutError: the file cannot be read, is not YAML, or a variable has another type.
    """
    variables = dbt_variables()
    try:
        return Variables(
            frozenset(str(name) for name in variables.get("signed_restatements") or ()),
            frozenset(str(name) for name in variables.get("waived_findings") or ()),
            int(variables["full_proof_days"]),
            MostlyRejected(int(variables["rejected_file_percent"]), int(variables["rejected_file_rows"])),
            int(variables["pause_days"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise TieoutError(
            f"The variables of the project cannot be read from {project_root() / PROJECT_FILE}: {error!r}. "
            "Correct the file."
        ) from None


def verdict_by_project(warehouse: Warehouse, *, only_loaded: bool = False, now: datetime | None = None) -> Verdict:
    """Return the verdict by the variables of the project.

    Args:
        warehouse: the warehouse that is judged.
        only_loaded: whether only gold and audit are read.
        now: the time at which the age of the last full proof is judged (default: the present).

    Raises:
        TieoutError: a variable has another type, or the audit cannot be read.
    """
    variables = project_variables()
    return read_verdict(
        warehouse,
        variables.signed_restatements,
        waived=variables.waived_findings,
        full_proof_days=variables.full_proof_days,
        too_many_rejected=variables.too_many_rejected,
        pause_days=variables.pause_days,
        only_loaded=only_loaded,
        now=now,
    )


def command(
    target: TargetOption = None,
    differences: Annotated[
        bool, typer.Option("--differences", help="Show only what does not tie out, not every entity and layer.")
    ] = False,
    live: Annotated[
        bool,
        typer.Option("--live", help="Also compare the tables as they are now, not only as the last build found them."),
    ] = False,
) -> None:
    """Say whether every delivered row and every cent ties out, entity by entity and layer by layer.

    Reads the audit of the last build; exits with 1 when anything does not tie out, or was built after it. A change that
    somebody made after that build is found with --live. Neither writes to the warehouse.
    """
    with open_warehouse(target) as warehouse:
        verdict = verdict_by_project(warehouse)
        if live:
            queries = live_queries(target)
            verdict.findings.extend(live_findings(warehouse, queries))
            verdict.notes.append(live_note(queries))
        _print(verdict, warehouse, console(), only_differences=differences)
    if not verdict.ties_out:
        raise typer.Exit(1)


def _print(verdict: Verdict, warehouse: Warehouse, out: Console, *, only_differences: bool) -> None:
    as_of = verdict.as_of
    days = f"arrived {as_of['first_on']} to {as_of['last_on']}, " if as_of["file_count"] else ""
    out.print(
        f"Tie-out of {warehouse.target} on {warehouse.engine} ({warehouse.location}): {as_of['file_count']:,} files, "
        f"{days}loaded until {shown(as_of['loaded_at']) or 'never'} UTC.\n"
    )
    _print_deliveries(verdict, out, only_differences=only_differences)
    _print_layers(verdict, out, only_differences=only_differences)
    made = restated_table(verdict.restated)
    if made.row_count:
        out.print(made)
        out.print()
    for note in verdict.notes:
        out.print(f"Note: {note}")
    if verdict.ties_out:
        rows = sum(entity["delivered_rows"] for entity in verdict.deliveries)
        out.print(
            f"\nEverything ties out: {rows:,} rows of {len(verdict.deliveries)} entities, "
            f"{len(verdict.layers)} reconciliations between layers, all differences 0.",
            style="bold green",
        )
        out.print("\nController: ______________________________   Date: ____________")
        return
    out.print("\nIt does not tie out:", style="bold red")
    for finding in verdict.findings:
        out.print(f"- {finding}", style="red", markup=False)


def _print_deliveries(verdict: Verdict, out: Console, *, only_differences: bool) -> None:
    numbers = (
        *("Files", "Refused", "Delivered", "Malformed", "Rejected", "Duplicate", "Superseded", "Replaced"),
        *("Withdrawn", "Current", "Difference"),
    )
    made = table(
        "Deliveries and outcomes",
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
                *(entity["superseded_rows"], entity["replaced_rows"], entity["withdrawn_rows"]),
                *(entity["current_rows"], entity["rows_difference"]),
                entity["oldest_untied_on"],
                alarm=untied,
            )
            if entity["delivered_amount"] or entity["amount_difference"]:
                add(
                    *(made, "", "amount", None, None, entity["delivered_amount"], None, entity["rejected_amount"]),
                    *(entity["duplicate_amount"], entity["superseded_amount"], entity["replaced_amount"]),
                    *(entity["withdrawn_amount"], entity["current_amount"], entity["amount_difference"], None),
                    alarm=bool(entity["amount_difference"]),
                )
    if made.row_count:
        out.print(made)
        out.print()


def _print_layers(verdict: Verdict, out: Console, *, only_differences: bool) -> None:
    numbers = ("In", "Set aside", "Out", "Difference")
    made = table(
        "Reconciliations between layers",
        ("Entity", "From", "To", "Measure", *numbers, "Oldest unexplained"),
        numbers=numbers,
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
