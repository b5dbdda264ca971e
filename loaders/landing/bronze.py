"""The bronze root: only one landing at a time, only whole files, and the manifest of a batch last."""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from loaders.contract import Contract, Entity
from loaders.errors import TieoutError
from loaders.landing.durable import make_folder, sync
from loaders.landing.inbox import MOST_FILES, Delivery
from loaders.landing.manifests import CONTROL, MALFORMED, MANIFESTS, REFUSED, TOTALS, manifest_rows
from loaders.landing.records import csv_line, printable
from loaders.landing.staging import MalformedLines, StagedDelivery
from loaders.locks import locked

LOCK = ".lock"
STAGING = ".landing"


@dataclass
class DeliveredBefore:
    """The files that the manifests of one arrival day name.

    Attributes:
        landed: SHA-256 of each landed file, by delivered file.
        refused: what was stated about each refused file, by delivered file and SHA-256.
        stated: what was stated about each landed file, by delivered file.
        sizes: the number of bytes of each landed file as delivered, by delivered file.
        counts: the number of landed files, by the path of the entity's partition below the bronze root.
    """

    landed: dict[str, str] = field(default_factory=dict)
    refused: dict[tuple[str, str], str] = field(default_factory=dict)
    stated: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def names(self) -> set[str]:
        """The delivered files."""
        return {*self.landed, *(name for name, _ in self.refused)}

    def knows(self, delivered_file: str) -> bool:
        """Return whether a file of this name was delivered before."""
        return delivered_file in self.landed or any(name == delivered_file for name, _ in self.refused)

    def numbered(self, delivery: Delivery) -> Delivery:
        """Return a file with the number that it has among those of its entity and day if it lands.

        Raises:
            TieoutError: the number has too many digits.
        """
        number = self.counts[_partition(delivery.bronze_file)] + 1
        if number > MOST_FILES:
            entity = f"{delivery.entity.domain}/{delivery.entity.name}"
            raise TieoutError(
                f"{delivery.path} was left out: {MOST_FILES:,} files of {entity} have landed on {delivery.arrived_on}, "
                "and a day has no more. Merge the files, or land them on another day."
            )
        return replace(delivery, number=number)

    def record(self, staged: StagedDelivery) -> None:
        """Add a file of the present batch."""
        if staged.refusal:
            self.refused[staged.delivery.delivered_file, staged.sha256] = staged.stated
        else:
            delivery = staged.delivery
            self.record_landed(delivery.delivered_file, delivery.bronze_file, staged.sha256, staged.size, staged.stated)

    def record_landed(self, delivered_file: str, bronze_file: str, sha256: str, size: int, stated: str) -> None:
        """Add a landed file."""
        self.landed[delivered_file] = sha256
        self.stated[delivered_file] = stated
        self.sizes[delivered_file] = size
        self.counts[_partition(bronze_file)] += 1


class BronzeRoot:
    """A bronze root that only this process may write to."""

    def __init__(self, root: Path, contract: Contract) -> None:
        """Use `locked_bronze` instead: it takes the lock."""
        self.root = root
        self.contract = contract
        self.staging = root / STAGING
        self._last_days: dict[Entity, date] = {}

    def delivered_before(self, day: date) -> DeliveredBefore:
        """Read the manifests of one arrival day.

        Raises:
            TieoutError: one of them is not a manifest.
        """
        before = DeliveredBefore()
        for path in sorted(self._control_folder(MANIFESTS, day).glob("*.csv")):
            for row in manifest_rows(path):
                stated = row.get("stated") or ""
                if row["delivery_status"] == REFUSED:
                    before.refused[row["delivered_file"], row["delivered_sha256"]] = stated
                else:
                    before.record_landed(
                        *(row["delivered_file"], row["bronze_file"], row["delivered_sha256"]),
                        size=int(row.get("delivered_bytes") or 0),
                        stated=stated,
                    )
        return before

    def last_day(self, entity: Entity) -> date:
        """Return the last arrival day with a file of the entity; the first day of the calendar if it has none.

        The folders are listed once. A landing goes by day, so it adds no later day than the one that it has come to.
        """
        if entity not in self._last_days:
            days = (self.root / entity.domain / entity.name).glob("dt=*")
            self._last_days[entity] = max(
                (date.fromisoformat(path.name.removeprefix("dt=")) for path in days), default=date.min
            )
        return self._last_days[entity]

    def publish(self, day: date, batch: list[StagedDelivery], malformed: MalformedLines) -> str:
        """Move a staged batch into place, its manifest last, and return the batch's id.

        Nothing reads the other files before the manifest is there. Until then, landing again replaces them.
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
        """Return an empty collection of malformed lines, which uses a folder below the staging folder."""
        return MalformedLines(folder / "malformed", self._control(MALFORMED).bronze_columns)

    def _control(self, name: str) -> Entity:
        return self.contract.entity(CONTROL, name)

    def _control_folder(self, name: str, day: date) -> Path:
        return self.root / CONTROL / name / f"dt={day}"

    def _stage_control(self, name: str, rows: Iterator[bytes]) -> Path | None:
        """Write a control file to the staging folder; write none if there is no row."""
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
        """Rename files into place: first sync their content, then the folders with their new names."""
        sync(source for source, _ in moves)
        changed = set()
        for source, target in moves:
            changed |= {target.parent, *make_folder(target.parent)}
            source.replace(target)
        sync(changed)


@contextmanager
def locked_bronze(root: Path, contract: Contract) -> Iterator[BronzeRoot]:
    """Lock a bronze root and make an empty staging folder; remove what interrupted landings left there.

    Raises:
        TieoutError: another landing has the lock.
        OSError: the root cannot be written.
    """
    sync(make_folder(root))
    with locked(root / LOCK, f"Another landing is writing to {root}. Wait until it has finished, then land again."):
        bronze = BronzeRoot(root, contract)
        if bronze.staging.exists():
            shutil.rmtree(bronze.staging)
        bronze.staging.mkdir()
        try:
            yield bronze
        finally:
            shutil.rmtree(bronze.staging, ignore_errors=True)


def _partition(bronze_file: str) -> str:
    return bronze_file.rpartition("/")[0]


def _batch_id(batch: list[StagedDelivery]) -> str:
    """Digest the files of a batch, with the day, because a whole batch may be delivered again on another day."""
    lines = sorted(
        f"{staged.delivery.arrived_on}/{staged.delivery.delivered_file},{staged.sha256},{staged.status}\n"
        for staged in batch
    )
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:16]


def _rows(entity: Entity, rows: Iterable[dict[str, str]]) -> Iterator[bytes]:
    """Return rows as lines, with the columns of the contract."""
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
            "landing_number": str(delivery.number),
            "stated_by": staged.stated_by,
            "stated": staged.stated,
            "derived_from": staged.derived_from,
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
