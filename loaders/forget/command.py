"""`tieout forget`: overwrite what identifies a person in bronze."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from loaders.bronze_root import BronzeRootOption, default_bronze_root
from loaders.errors import TieoutError
from loaders.forget.overwrite import ForgetResult, forget
from loaders.forget.tombstones import day_of, manifest_folder
from loaders.landing.manifests import CONTROL, MALFORMED, manifest_rows

_NAMED_FILES = 5


def command(
    customer_id: Annotated[str, typer.Argument(help="The id of the customer, as it is in the files.")],
    *,
    reason: Annotated[str, typer.Option(help="Why. It is recorded, so name a case and no personal data.")],
    by: Annotated[
        str | None, typer.Option("--by", help="Who forgets the customer.  [default: the user of this machine]")
    ] = None,
    bronze_root: BronzeRootOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, but change nothing.")] = False,
) -> None:
    """Forget a customer: overwrite personal data in bronze; the next dbt build does so in the warehouse.

    Overwritten are the columns that the contract tags as personal data, in the customer's rows and in those of the
    customer's accounts, and malformed lines about them. Keys, amounts and the numbers of rows stay. Running it again
    changes nothing, and completes an interrupted run.
    """
    root = bronze_root or default_bronze_root()
    if str(root).startswith("s3:"):
        raise TieoutError(
            f"{root} is in S3, where only an administrator may overwrite bronze. Copy it to a folder, forget the "
            "customer there, and put the files back: docs/runbook.md, 'A customer asks to be forgotten'."
        )
    if not reason.strip():
        raise TieoutError("--reason is empty, and the audit shows it. Name a case, for example 'request 2025-17'.")
    result = forget(root, customer_id, reason, by or getpass.getuser(), dry_run=dry_run)
    for line in _summary(result, root, customer_id, dry_run=dry_run):
        typer.echo(line)


def _summary(result: ForgetResult, root: Path, customer_id: str, *, dry_run: bool) -> Iterator[str]:
    if result.completed is not None:
        yield f"The interrupted run for customer {result.completed} is completed."
    if not result.files:
        if result.completed == customer_id:
            yield "Run dbt build: it overwrites the same in the warehouse."
        elif result.forgotten_before:
            when = result.forgotten_before[:19]
            yield f"Customer {customer_id} was forgotten on {when} UTC. Nothing new has come since."
        else:
            yield f"Customer {customer_id} has no personal data in bronze{'' if dry_run else '; this is recorded'}."
        return
    rows = sum(file.rows for file in result.files.values())
    values = sum(file.values for file in result.files.values())
    yield (
        f"Customer {customer_id}: {values:,} values in {rows:,} rows of {len(result.files):,} files "
        f"{'would be' if dry_run else 'are'} overwritten in {root}."
    )
    if dry_run:
        return
    delivered = list(_delivered(result, root))
    yield (
        "Left:     the files as they were delivered. Delete them in the inbox: "
        f"{', '.join(delivered[:_NAMED_FILES])}"
        f"{f' and {len(delivered) - _NAMED_FILES:,} more' if delivered[_NAMED_FILES:] else ''}."
    )
    yield "          Exports of rejected rows, copies in S3 and backups: docs/runbook.md."
    yield "Next:     dbt build, which overwrites the same in the warehouse."


def _delivered(result: ForgetResult, root: Path) -> Iterator[str]:
    """Yield the paths of the delivered files in an inbox."""
    for day in sorted({day_of(path) for path in result.files}):
        for manifest in sorted(manifest_folder(root, day).glob("*.csv")):
            for row in manifest_rows(manifest):
                is_malformed = f"{CONTROL}/{MALFORMED}/dt={day}/{manifest.name}" in result.files
                if row.get("derived_from"):
                    continue  # Landing made it, so it is in no inbox.
                if row["bronze_file"] in result.files or (is_malformed and row.get("malformed_rows", "0") != "0"):
                    yield f"{day}/{row['delivered_file']}"
