"""`tieout land`: check deliveries against the contract and land them in bronze."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer

from loaders.bronze_root import BronzeRootOption, local_bronze_root
from loaders.contract import Contract, load_contract
from loaders.errors import TieoutError
from loaders.forget.returned import ReturnedPersons
from loaders.landing.bronze import BronzeRoot, DeliveredBefore, locked_bronze
from loaders.landing.inbox import Delivery, scan_inbox
from loaders.landing.late_statements import refused_statement, stated_later, without_delivery
from loaders.landing.left_out import LeftOutFiles
from loaders.landing.result import LandingResult, summary
from loaders.landing.staging import MalformedLines, StagedDelivery, sha256_of, sha256_of_beginning, stage
from loaders.landing.statements import ControlFileError
from loaders.progress import CountBytes, progress_bar, uncounted


def land(
    inbox: Path,
    bronze_root: Path,
    arrived_on: date | None = None,
    *,
    contract: Contract | None = None,
    settle_seconds: int = 0,
    read_bytes: CountBytes = uncounted,
) -> LandingResult:
    """Land the deliveries of an inbox that are not in bronze yet: one batch for each arrival day.

    Landing again changes nothing. Nothing reads the files of an interrupted run, and the next run completes it.

    Args:
        inbox: folder of deliveries, which landing does not change.
        bronze_root: folder of bronze, created if it does not exist.
        arrived_on: arrival day of domain folders directly below the inbox (default: today, UTC).
        contract: the bronze contract (default: the project's own).
        settle_seconds: a file that was changed less than so many seconds ago waits for the next landing, because it may
            still be uploaded.
        read_bytes: called with the number of delivered bytes of each read.

    Raises:
        TieoutError: the inbox is missing or is not an inbox, another landing is running, or bronze cannot be written. A
            file that cannot land does not raise: it is in the result's problems, and the other files land.
    """
    contract = contract or load_contract()
    content = scan_inbox(inbox, contract, arrived_on)
    result = LandingResult()
    if settle_seconds:
        settled = [delivery for delivery in content.deliveries if _age(delivery) >= settle_seconds]
        result.waiting = len(content.deliveries) - len(settled)
        content.deliveries = settled
        content.control_files = [file for file in content.control_files if _age(file) >= settle_seconds]
    try:
        left_out = LeftOutFiles(inbox, bronze_root, content.left_out)
        if not (content.deliveries or content.control_files or left_out):
            return result
        with locked_bronze(bronze_root, contract) as bronze:
            persons = ReturnedPersons(bronze_root)
            for day, deliveries in groupby(content.deliveries, key=lambda delivery: delivery.arrived_on):
                before = len(result.landed)
                _land_day(bronze, day, deliveries, result, left_out=left_out, read_bytes=read_bytes)
                for staged in result.landed[before:]:
                    for customer_id in persons.in_file(staged.delivery.entity, staged.delivery.bronze_file):
                        result.returned.setdefault(customer_id, []).append(staged.delivery.bronze_file)
            for alone in without_delivery(content.control_files, bronze):
                left_out.add(alone)
            new = left_out.report()
            result.problems[:0] = new
            result.left_out_before = len(left_out) - len(new)
            result.left_out_list = left_out.last_list
    except OSError as error:
        raise TieoutError(
            f"Bronze cannot be written: {error.filename or bronze_root}: {error.strerror or error}. Nothing of this "
            "batch has landed; the batches before it have. Correct this, then land again."
        ) from error
    return result


def _age(delivery: Delivery) -> float:
    """Return the seconds since the file, or one of its control files, was changed."""
    try:
        return time.time() - max(path.stat().st_mtime for path in (delivery.path, *delivery.control_files))
    except OSError:
        return 0


def _land_day(
    bronze: BronzeRoot,
    day: date,
    deliveries: Iterator[Delivery],
    result: LandingResult,
    *,
    left_out: LeftOutFiles,
    read_bytes: CountBytes,
) -> None:
    before = bronze.delivered_before(day)
    batch: list[StagedDelivery] = []
    folder = bronze.staging / str(day)
    folder.mkdir()
    with closing(bronze.collect_malformed(folder)) as malformed:
        for number, delivery in enumerate(deliveries):
            try:
                staged = _examine(
                    delivery,
                    before,
                    result,
                    left_out,
                    target=folder / str(number),
                    malformed=malformed,
                    read_bytes=read_bytes,
                )
            except TieoutError as error:
                result.problems.append(str(error))
                continue
            if staged:
                batch.append(staged)
                before.record(staged)
        if batch:
            result.batches[day] = bronze.publish(day, batch, malformed)
    landed = [staged for staged in batch if not staged.refusal]
    for entity in dict.fromkeys(staged.delivery.entity for staged in landed):
        if bronze.last_day(entity) > day:
            result.overtaken.setdefault(f"{entity.domain}/{entity.name}", []).append(day)
    result.landed.extend(landed)
    for staged in batch:
        if staged.refusal:
            _refuse(staged.delivery, staged.refusal, result)


def _examine(
    delivery: Delivery,
    before: DeliveredBefore,
    result: LandingResult,
    left_out: LeftOutFiles,
    *,
    target: Path,
    malformed: MalformedLines,
    read_bytes: CountBytes,
) -> StagedDelivery | None:
    """Stage a file, unless it landed or was refused before."""
    name = delivery.delivered_file
    if not before.knows(name):
        return stage(before.numbered(delivery), target, malformed, read_bytes)
    size, sha256 = sha256_of(delivery.path, read_bytes)
    if before.landed.get(name) == sha256:
        result.skipped += 1
        differs = stated_later(delivery, before, target, malformed, left_out)
        return _refused_statement(delivery, differs, before, result) if differs else None
    if name in before.landed:
        reason = _other_content(delivery, before)
        staged = StagedDelivery(before.numbered(delivery), size, sha256, refusal=reason)
    else:
        # A file that was refused before is checked again, because the contract may have changed.
        staged = stage(before.numbered(delivery), target, malformed, uncounted)
    if staged.refusal and (name, sha256) in before.refused:
        if staged.refused_by and staged.stated != before.refused[name, sha256]:
            return _refused_statement(delivery, staged.refused_by, before, result)
        result.refused_before += 1
        return None
    return staged


def _refused_statement(
    delivery: Delivery, error: ControlFileError, before: DeliveredBefore, result: LandingResult
) -> StagedDelivery | None:
    staged = refused_statement(delivery, error, before)
    result.refused_before += staged is None
    return staged


def _other_content(delivery: Delivery, before: DeliveredBefore) -> str:
    """Return why a file is refused whose name has landed with other content, and how to deliver it."""
    name = delivery.delivered_file
    size = before.sizes[name]
    if size and sha256_of_beginning(delivery.path, size) == before.landed[name]:
        return (
            f"its first {size:,} bytes landed on this day, before it was complete; deliver the whole file under "
            "another name, and the rows that have landed count once. Let files settle before they land: --settle"
        )
    return (
        "a file of this name landed on this day with other content, and bronze never changes; "
        "deliver it under another name of this day"
    )


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
            help="Arrival day of domain folders directly below the inbox.  [default: today, UTC]",
        ),
    ] = None,
    settle: Annotated[
        int,
        typer.Option(
            min=0,
            metavar="SECONDS",
            help="Leave files that were changed less than so many seconds ago for the next landing.  [default: 0]",
            show_default=False,
        ),
    ] = 0,
    allow_refused: Annotated[
        bool, typer.Option("--allow-refused", help="Exit with 0 even if files were refused; the manifest lists them.")
    ] = False,
) -> None:
    """Land deliveries in bronze: check them against the contract, write the manifest and the control totals.

    A file lands if its header is that of the contract or of an earlier contract version, and if it holds what its
    control file or its trailer states. Exits with 1 if a file was refused or left out that no earlier landing has
    reported; all other files have landed.
    """
    bronze_root = local_bronze_root(bronze_root, action="Landing writes to")
    with progress_bar("Landing") as meter:
        day = arrived_on.date() if arrived_on else None
        result = land(inbox, bronze_root, day, settle_seconds=settle, read_bytes=meter.count)
    for problem in result.problems:
        typer.echo(f"tieout: {problem}", err=True)
    for line in summary(result, inbox, bronze_root):
        typer.echo(line)
    if len(result.problems) > (result.refused if allow_refused else 0):
        raise typer.Exit(1)
