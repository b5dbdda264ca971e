"""The faulty deliveries of a run, day by day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from loaders.bronze_root import default_bronze_root
from loaders.contract import Entity
from loaders.deliveries import Inbox, csv_text, delivered_text
from loaders.generate.faults.assembly import Assembled, GoodText, assemble
from loaders.generate.faults.entities import Breakable, breakable_columns
from loaders.generate.faults.kinds import FILE_KINDS, REFUSED_KINDS, Effect, Kind
from loaders.generate.faults.lines import faulty_lines
from loaders.generate.faults.request import FaultRequest
from loaders.generate.faults.rows import FaultyLine, GoodRow, Position
from loaders.generate.faults.truth import Fault, TruthFile, refuse_truth_among_deliveries
from loaders.generate.settings import Settings
from loaders.generate.streams import Subject, stream
from loaders.generate.tables import Floats, Integers
from loaders.landing.inbox import Delivery

SURPLUS_COLUMN = "surplus"
RESENT_PART = "resent"
CORRECTED_PART = "corrected"


@dataclass(frozen=True)
class _File:
    """A file to deliver.

    Attributes:
        entity: its entity.
        part: the part in its name.
        header: its first line, with the LF.
        assembled: its text and faults.
        corrections: good rows that correct it, in a file of their own.
    """

    entity: Entity
    part: str
    header: bytes
    assembled: Assembled
    corrections: Sequence[bytes] = ()


class FaultyDeliveries:
    """Delivers the days of a run with faults. The days must be delivered in order.

    Attributes:
        truth: the faults delivered so far.
    """

    def __init__(self, settings: Settings, request: FaultRequest, target: Inbox) -> None:
        """Deliver a run to an inbox.

        Raises:
            TieoutError: the truth file would be among the deliveries.
        """
        refuse_truth_among_deliveries(request.truth, [("inbox", target.root), ("bronze root", default_bronze_root())])
        self._settings = settings
        self._request = request
        self._target = target
        self._last_day = settings.day(settings.days - 1)
        self._waiting: defaultdict[tuple[date, Entity], list[FaultyLine]] = defaultdict(list)
        self._late: defaultdict[date, list[tuple[date, _File]]] = defaultdict(list)
        self._delivered: set[tuple[date, Entity]] = set()
        self.truth = TruthFile()

    def deliver(self, day: date, entity: Entity, rows: pl.DataFrame) -> None:
        """Write the delivery of an entity and day with its faults, and with the lines postponed to this day."""
        breakable = breakable_columns(entity)
        if breakable is None:
            self._target.deliver(day, entity, rows)
            return
        fault = None if rows.is_empty() else self._file_kind(day, breakable)
        part = self._deliver_refused(day, entity, breakable, rows, fault) if fault in REFUSED_KINDS else ""
        is_late = fault is Kind.LATE_FILE
        good = GoodText(delivered_text(entity, rows))
        at_rows, corrections = [], []
        at_the_end = [] if is_late else self._waiting.pop((day, entity), [])
        for row, faulty in self._faulty_lines(day, breakable, good):
            if is_late and faulty.correction:
                continue  # nothing is corrected on the day of a file that does not come
            is_at_row = not faulty.days_later and faulty.position is not Position.END_OF_FILE
            if faulty.replaces or faulty.days_later > is_late:
                self._waiting[day + timedelta(days=faulty.days_later), entity].append(faulty)
            elif not is_at_row:
                at_the_end.append(faulty)
            if is_at_row or faulty.replaces:
                at_rows.append((row, faulty))
            if faulty.correction:
                corrections.append(faulty.correction)
        file = _File(
            entity,
            day.isoformat() if is_late else part,
            good.header,
            assemble(good, at_rows, at_the_end),
            corrections,
        )
        if is_late:
            self._late[day + timedelta(days=1)].append((day, file))
        else:
            self._deliver_file(day, file)

    def end(self, day: date) -> None:
        """Deliver what was postponed to this day: lines of entities without other rows on this day, and late files."""
        for postponed_to, entity in [key for key in self._waiting if key[0] == day]:
            header = csv_text(pl.DataFrame(schema=entity.delivered_columns))
            assembled = assemble(GoodText(header), [], self._waiting.pop((postponed_to, entity)))
            self._deliver_file(day, _File(entity, "", header, assembled))
        for due_on, file in self._late.pop(day, []):
            name = self._deliver_file(day, file)
            fault = Fault(Kind.LATE_FILE, "", due_on, Effect.LATE)
            self.truth.add(fault, file.entity, day, name, None)

    def _deliver_file(self, day: date, file: _File) -> str:
        """Deliver a file, and its corrections in a file of their own; return the name that it will have in bronze."""
        if file.assembled.text == file.header and not file.entity.is_expected_by_day:
            return ""
        self._target.deliver_text(day, file.entity, file.assembled.text, file.part)
        name = self._name_in_bronze(day, file)
        for fault, line in file.assembled.faults:
            self.truth.add(fault, file.entity, day, name, line)
        if file.corrections:
            part = f"{file.part}.{CORRECTED_PART}".lstrip(".")
            self._target.deliver_text(day, file.entity, b"".join((file.header, *file.corrections)), part)
        return name

    def _name_in_bronze(self, day: date, file: _File) -> str:
        """Return the name of a file that lands together with all others of its day.

        Two files can have faults: that of the day, and one that is late, which is then the second one.
        """
        number = 2 if (day, file.entity) in self._delivered else 1
        self._delivered.add((day, file.entity))
        path = self._target.path(day, file.entity, file.part)
        return Delivery(day, file.entity, path, number).bronze_file.rpartition("/")[2]

    def _file_kind(self, day: date, breakable: Breakable) -> Kind | None:
        """Draw what is wrong with the file of a day; None if nothing is.

        A file is not late if the file of the next day is refused: that one comes again, and then it is the second one.
        """
        kinds = self._request.possible(FILE_KINDS if day < self._last_day else REFUSED_KINDS)
        rng = stream(self._settings.seed, day, Subject.FAULTY_FILES, breakable.number)
        number = _chosen(rng.random(1), self._request.shares_of(kinds)).item()
        kind = kinds[number] if number >= 0 else None
        if kind is Kind.LATE_FILE and self._file_kind(day + timedelta(days=1), breakable) in REFUSED_KINDS:
            return None
        return kind

    def _deliver_refused(self, day: date, entity: Entity, breakable: Breakable, rows: pl.DataFrame, kind: Kind) -> str:
        """Deliver a file that is refused; return the part in the name of the good file."""
        if kind is Kind.HALF_FILE:
            return self._deliver_half(day, entity, GoodText(delivered_text(entity, rows)))
        table = pl.read_csv(delivered_text(entity, rows), infer_schema=False)
        if kind is Kind.ADDED_COLUMN:
            # Landing names an unexpected column by its position, because the name can be anything.
            reason = f"unexpected: field {table.width + 1}"
            table = table.with_columns(pl.lit("1").alias(SURPLUS_COLUMN))
        else:
            # Without columns that the contract added later, the header is a valid one.
            first = [column.name for column in entity.columns if not column.added_by_landing and column.since == 1]
            rng = stream(self._settings.seed, day, Subject.MISSING_COLUMNS, breakable.number)
            missing = str(rng.choice([column for column in first if column not in breakable.key]))
            reason, table = f"missing: {missing}", table.drop(missing)
        self._target.deliver_text(day, entity, csv_text(table))
        self._add_refused(day, entity, kind, reason)
        return RESENT_PART

    def _deliver_half(self, day: date, entity: Entity, whole: GoodText) -> str:
        """Deliver a file that ends in the middle, with a control file that states the whole one."""
        if whole.rows < 2:
            return ""
        row = (whole.rows - 1) // 2
        half = whole.header + whole.block(0, row) + whole.line(row)[: len(whole.line(row)) // 2]
        self._target.deliver_text(day, entity, half, stated=whole.text)
        # The row that is cut off counts as one, because landing sets it aside.
        self._add_refused(day, entity, Kind.HALF_FILE, f"states {whole.rows:,} rows, but it has {row + 1:,}")
        return RESENT_PART

    def _add_refused(self, day: date, entity: Entity, kind: Kind, reason: str) -> None:
        fault = Fault(kind, "", day, Effect.REFUSED, reason)
        self.truth.add(fault, entity, day, self._target.path(day, entity).name, None)

    def _faulty_lines(self, day: date, breakable: Breakable, good: GoodText) -> list[tuple[int, FaultyLine]]:
        """Draw the rows that get a fault; return the faulty lines with their rows."""
        days_left = (self._last_day - day).days
        kinds = breakable.kinds(days_left)
        chance = stream(self._settings.seed, day, Subject.FAULTY_ROWS, breakable.number).random(good.rows)
        chosen = _chosen(chance, self._request.shares_of(kinds))
        rng = stream(self._settings.seed, day, Subject.FAULTS, breakable.number)
        return [
            (row, faulty)
            for row in np.flatnonzero(chosen >= 0).tolist()
            for faulty in faulty_lines(
                GoodRow(breakable, good.line(row), good.values(row), day, days_left, rng), kinds[int(chosen[row])]
            )
        ]


def _chosen(chance: Floats, shares: list[float]) -> Integers:
    """Return the position of the share that contains each number from 0 to 1; -1 if none does."""
    positions = np.searchsorted(np.cumsum(shares), chance, side="right").astype(np.int64)
    chosen: Integers = np.where(positions < len(shares), positions, -1)
    return chosen
