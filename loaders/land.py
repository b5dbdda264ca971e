"""`tieout land`: check deliveries at the door and put them into bronze with their manifest and control totals."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer

from loaders.contract import Contract, load_contract, project_root
from loaders.errors import TieoutError
from loaders.landing.bronze import BronzeRoot, DayLedger, locked_bronze
from loaders.landing.inbox import Delivery, scan_inbox
from loaders.landing.staging import MalformedLines, StagedDelivery, sha256_of, stage
from loaders.progress import CountBytes, progress_bar, uncounted

ROOT_VARIABLE = "TIEOUT_BRONZE_ROOT"

BronzeRootOption = Annotated[
    Path | None, typer.Option(help=f"Folder of bronze.  [default: ${ROOT_VARIABLE}, or data/bronze in the project]")
]


@dataclass
class LandingResult:
    """What one run of landing did.

    Attributes:
        batches: the id of each batch written, by arrival day.
        landed: the files that landed.
        skipped: how many files had landed before.
        refused: how many files were refused, now or by an earlier run.
        problems: a sentence for every file that was refused or left out.
    """

    batches: dict[date, str] = field(default_factory=dict)
    landed: list[StagedDelivery] = field(default_factory=list)
    skipped: int = 0
    refused: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def landed_rows(self) -> int:
        """Records that landed."""
        return sum(staged.landed_rows for staged in self.landed)

    @property
    def malformed_rows(self) -> int:
        """Records kept aside, in the files that landed."""
        return sum(staged.malformed_rows for staged in self.landed)

    @property
    def changed_values(self) -> int:
        """Values in which a line break or control character was replaced by a space."""
        return sum(staged.changed_values for staged in self.landed)

    @property
    def amounts(self) -> int:
        """Values that were added up into control totals."""
        return sum(total.amounts for staged in self.landed for total in staged.totals)


def default_bronze_root() -> Path:
    """Return the folder named by `TIEOUT_BRONZE_ROOT`, or `data/bronze` in the project."""
    return Path(os.environ.get(ROOT_VARIABLE) or project_root() / "data" / "bronze")


def land(
    inbox: Path,
    bronze_root: Path,
    arrived_on: date | None = None,
    *,
    contract: Contract | None = None,
    read_bytes: CountBytes = uncounted,
) -> LandingResult:
    """Land what an inbox holds and bronze does not: one batch for each arrival day.

    Landing again changes nothing. A killed run leaves nothing that is read; the next one completes it.

    Args:
        inbox: folder of deliveries, which stay there untouched.
        bronze_root: folder of bronze, made if it is not there.
        arrived_on: arrival day of domain folders that stand directly in the inbox; today (UTC) unless told.
        contract: the bronze contract, the project's own unless told.
        read_bytes: told the number of delivered bytes at each reading.

    Raises:
        TieoutError: the inbox is missing or no inbox, another landing is running, or bronze cannot be written. Files
            that cannot land do not raise: they are in the result's problems, and the others land.
    """
    contract = contract or load_contract()
    content = scan_inbox(inbox, contract, arrived_on)
    result = LandingResult(problems=content.problems)
    if not content.deliveries:
        return result
    try:
        with locked_bronze(bronze_root, contract) as bronze:
            for day, deliveries in groupby(content.deliveries, key=lambda delivery: delivery.arrived_on):
                _land_day(bronze, day, deliveries, result, read_bytes)
    except OSError as error:
        raise TieoutError(
            f"Bronze cannot be written: {error.filename or bronze_root}: {error.strerror or error}. The batch was "
            "given up as a whole and batches before it stand; put that right, then land again."
        ) from error
    return result


def _land_day(
    bronze: BronzeRoot, day: date, deliveries: Iterator[Delivery], result: LandingResult, read_bytes: CountBytes
) -> None:
    ledger = bronze.ledger(day)
    batch: list[StagedDelivery] = []
    folder = bronze.staging / str(day)
    folder.mkdir()
    with closing(bronze.collect_malformed(folder)) as malformed:
        for number, delivery in enumerate(deliveries):
            try:
                staged = _examine(
                    delivery, ledger, result, target=folder / str(number), malformed=malformed, read_bytes=read_bytes
                )
            except TieoutError as error:
                result.problems.append(str(error))
                continue
            if staged:
                batch.append(staged)
                ledger.record(staged)
        if batch:
            result.batches[day] = bronze.publish(day, batch, malformed)
    for staged in batch:
        if staged.refusal:
            _refuse(staged.delivery, staged.refusal, result)
        else:
            result.landed.append(staged)


def _examine(
    delivery: Delivery,
    ledger: DayLedger,
    result: LandingResult,
    *,
    target: Path,
    malformed: MalformedLines,
    read_bytes: CountBytes,
) -> StagedDelivery | None:
    """Stage a file, unless the ledger shows that it was dealt with before."""
    name = delivery.delivered_file
    if not ledger.knows(name):
        return stage(delivery, target, malformed, read_bytes)
    size, sha256 = sha256_of(delivery.path, read_bytes)
    if ledger.landed.get(name) == sha256:
        result.skipped += 1
        return None
    if name in ledger.landed:
        reason = (
            "a file of this name landed on this day with other content, and bronze is never changed; "
            "deliver it under another name or on another day"
        )
        staged = StagedDelivery(delivery, size, sha256, refusal=reason)
    else:
        # A file refused before is examined again: the contract may have changed since.
        staged = stage(delivery, target, malformed, uncounted)
    if staged.refusal and (name, sha256) in ledger.refused:
        _refuse(delivery, staged.refusal, result)
        return None
    return staged


def _refuse(delivery: Delivery, reason: str, result: LandingResult) -> None:
    result.refused += 1
    result.problems.append(f"{delivery.path} was refused, nothing of it landed: {reason}.")


def command(
    inbox: Annotated[Path, typer.Argument(help="Folder of deliveries: YYYY-MM-DD/DOMAIN/ENTITY[.PART].csv[.gz].")],
    bronze_root: BronzeRootOption = None,
    arrived_on: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="Arrival day of domain folders that stand directly in the inbox.  [default: today, UTC]",
        ),
    ] = None,
    allow_refused: Annotated[
        bool, typer.Option("--allow-refused", help="Exit with 0 though files were refused; the manifest names them.")
    ] = False,
) -> None:
    """Land deliveries in bronze: check them against the contract, write manifest and control totals.

    Exits with 1 if a file was refused or left out; all others have landed.
    """
    bronze_root = bronze_root or default_bronze_root()
    if str(bronze_root).startswith("s3:"):
        raise TieoutError(f"Landing writes to a local folder, not to {bronze_root}: give one with --bronze-root.")
    with progress_bar("Landing") as meter:
        result = land(inbox, bronze_root, arrived_on.date() if arrived_on else None, read_bytes=meter.count)
    for problem in result.problems:
        typer.echo(f"tieout: {problem}", err=True)
    for line in _summary(result, inbox, bronze_root):
        typer.echo(line)
    if len(result.problems) > (result.refused if allow_refused else 0):
        raise typer.Exit(1)


def _summary(result: LandingResult, inbox: Path, bronze_root: Path) -> Iterator[str]:
    if not (result.landed or result.skipped or result.problems):
        yield f"There is nothing to land in {inbox}."
        return
    yield (
        f"Files:   {len(result.landed):,} landed in {bronze_root}, {result.skipped:,} had landed before, "
        f"{result.refused:,} refused, {len(result.problems) - result.refused:,} left out."
    )
    if result.landed:
        yield f"Records: {result.landed_rows:,} landed, {result.malformed_rows:,} malformed and kept aside."
        yield f"Values:  {result.amounts:,} amounts added up, {result.changed_values:,} values made printable."
