"""The bronze root: one landing at a time, whole files only, a batch's manifest last."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from loaders.contract import Contract, Entity
from loaders.errors import TieoutError
from loaders.landing.manifests import CONTROL, MALFORMED, MANIFESTS, REFUSED, TOTALS, manifest_rows
from loaders.landing.records import csv_line, printable
from loaders.landing.staging import MalformedLines, StagedDelivery

LOCK = ".lock"
STAGING = ".landing"

_SYNCS_AT_A_TIME = 8


@dataclass
class DayLedger:
    """What the manifests of one arrival day say.

    Attributes:
        landed: SHA-256 of each landed file, by delivered file.
        refused: the files that were refused, by delivered file and SHA-256.
    """

    landed: dict[str, str] = field(default_factory=dict)
    refused: set[tuple[str, str]] = field(default_factory=set)

    def knows(self, delivered_file: str) -> bool:
        """Tell whether any file of this name was delivered before."""
        return delivered_file in self.landed or any(name == delivered_file for name, _ in self.refused)

    def record(self, staged: StagedDelivery) -> None:
        """Take down what became of a file."""
        name = staged.delivery.delivered_file
        if staged.refusal:
            self.refused.add((name, staged.sha256))
        else:
            self.landed[name] = staged.sha256


class BronzeRoot:
    """A bronze root that this process alone may write."""

    def __init__(self, root: Path, contract: Contract) -> None:
        """Use `locked_bronze` instead, which takes the lock."""
        self.root = root
        self.contract = contract
        self.staging = root / STAGING

    def ledger(self, day: date) -> DayLedger:
        """Read the manifests of one arrival day.

        Raises:
            TieoutError: one of them is no manifest.
        """
        ledger = DayLedger()
        for path in sorted(self._control_folder(MANIFESTS, day).glob("*.csv")):
            for row in manifest_rows(path):
                if row["delivery_status"] == REFUSED:
                    ledger.refused.add((row["delivered_file"], row["delivered_sha256"]))
                else:
                    ledger.landed[row["delivered_file"]] = row["delivered_sha256"]
        return ledger

    def publish(self, day: date, batch: list[StagedDelivery], malformed: MalformedLines) -> str:
        """Put a staged batch in place, the manifest last, and return the batch's id.

        Until the manifest stands, nothing reads the rest, and landing again replaces it by the same bytes.
        """
        batch_id = _batch_id(batch)
        moves = [(staged.staged, self.root / staged.delivery.bronze_file) for staged in batch if staged.staged]
        for name, rows in (
            (MALFORMED, (f"{batch_id},".encode() + line for line in malformed.lines())),
            (TOTALS, _rows(self._control(TOTALS), _total_rows(batch_id, batch))),
        ):
            staged_file = self._stage_control(name, rows)
            if staged_file:
                moves.append((staged_file, self._control_folder(name, day) / f"{batch_id}.csv"))
        self._move(moves)
        manifest = self._stage_control(MANIFESTS, _rows(self._control(MANIFESTS), _manifest_rows(batch_id, batch)))
        if manifest:
            self._move([(manifest, self._control_folder(MANIFESTS, day) / f"{batch_id}.csv")])
        return batch_id

    def collect_malformed(self, folder: Path) -> MalformedLines:
        """Return an empty collection of malformed lines, kept in a folder below the staging folder."""
        return MalformedLines(folder / "malformed", self._control(MALFORMED).bronze_columns)

    def _control(self, name: str) -> Entity:
        return self.contract.entity(CONTROL, name)

    def _control_folder(self, name: str, day: date) -> Path:
        return self.root / CONTROL / name / f"dt={day}"

    def _stage_control(self, name: str, rows: Iterator[bytes]) -> Path | None:
        """Write a control file aside; none if there is no row."""
        first = next(rows, None)
        if first is None:
            return None
        path = self.staging / f"{CONTROL}.{name}.csv"
        with path.open("wb") as file:
            file.write(csv_line(self._control(name).bronze_columns).encode())
            file.write(first)
            file.writelines(rows)
        return path

    def _move(self, moves: list[tuple[Path, Path]]) -> None:
        """Rename files into place, durably: their content first, then their names."""
        _sync(source for source, _ in moves)
        changed = set()
        for source, target in moves:
            changed |= {target.parent, *make_folder(target.parent)}
            source.replace(target)
        _sync(changed)


@contextmanager
def locked_bronze(root: Path, contract: Contract) -> Iterator[BronzeRoot]:
    """Hold the lock of a bronze root, with an empty staging folder; what killed landings left there is removed.

    Raises:
        TieoutError: another landing holds the lock.
        OSError: the root cannot be written.
    """
    _sync(make_folder(root))
    with (root / LOCK).open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TieoutError(
                f"Another landing is writing to {root}: wait until it has finished, then land again."
            ) from None
        bronze = BronzeRoot(root, contract)
        if bronze.staging.exists():
            shutil.rmtree(bronze.staging)
        bronze.staging.mkdir()
        try:
            yield bronze
        finally:
            shutil.rmtree(bronze.staging, ignore_errors=True)


def make_folder(folder: Path) -> set[Path]:
    """Make a folder and its parents; return the folders that have a new one in them, which are not synced yet."""
    if folder.is_dir():
        return set()
    changed = make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    return {folder.parent, *changed}


def _sync(paths: Iterable[Path]) -> None:
    """Make files or folders durable, several at a time, because each waits for the disk."""
    with ThreadPoolExecutor(_SYNCS_AT_A_TIME) as pool:
        list(pool.map(_sync_one, paths))


def _sync_one(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _batch_id(batch: list[StagedDelivery]) -> str:
    """Digest the files of a batch. The day counts, since a whole batch may be redelivered on another day."""
    lines = sorted(
        f"{staged.delivery.arrived_on}/{staged.delivery.delivered_file},{staged.sha256},{staged.status}\n"
        for staged in batch
    )
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:16]


def _rows(entity: Entity, rows: Iterable[dict[str, str]]) -> Iterator[bytes]:
    """Write rows in the columns of the contract."""
    return (csv_line([printable(row[column]) for column in entity.bronze_columns]).encode() for row in rows)


def _manifest_rows(batch_id: str, batch: list[StagedDelivery]) -> Iterator[dict[str, str]]:
    for staged in batch:
        delivery = staged.delivery
        yield {
            "batch_id": batch_id,
            "domain": delivery.entity.domain,
            "entity": delivery.entity.name,
            "delivered_file": delivery.delivered_file,
            "bronze_file": "" if staged.refusal else delivery.bronze_file,
            "delivery_status": staged.status,
            "refusal_reason": staged.refusal,
            "delivered_bytes": str(staged.size),
            "delivered_sha256": staged.sha256,
            "bronze_sha256": staged.bronze_sha256,
            "delivered_rows": str(staged.landed_rows + staged.malformed_rows),
            "landed_rows": str(staged.landed_rows),
            "malformed_rows": str(staged.malformed_rows),
            "changed_values": str(staged.changed_values),
            "missing_columns": ", ".join(staged.missing_columns),
        }


def _total_rows(batch_id: str, batch: list[StagedDelivery]) -> Iterator[dict[str, str]]:
    for staged in batch:
        for total in staged.totals:
            yield {
                "batch_id": batch_id,
                "bronze_file": staged.delivery.bronze_file,
                "column_name": total.column,
                "total_amount": f"{total.total:.2f}",
                "amount_values": str(total.amounts),
                "other_values": str(total.others),
            }
