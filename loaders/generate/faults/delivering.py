"""The faulty deliveries of a run, day by day."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

import numpy as np
import polars as pl

from loaders.bronze_root import default_bronze_root
from loaders.contract import Entity
from loaders.deliveries import Inbox, csv_text, delivered_text
from loaders.generate.faults.assembly import GoodText, assemble
from loaders.generate.faults.entities import Breakable, breakable_columns
from loaders.generate.faults.kinds import FILE_KINDS, Effect, Kind
from loaders.generate.faults.lines import faulty_lines
from loaders.generate.faults.request import FaultRequest
from loaders.generate.faults.rows import FaultyLine, GoodRow, Position
from loaders.generate.faults.truth import Fault, TruthFile, refuse_truth_among_deliveries
from loaders.generate.settings import Settings
from loaders.generate.streams import Subject, stream
from loaders.generate.tables import Floats, Integers

SURPLUS_COLUMN = "surplus"
RESENT_PART = "resent"


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
        self.truth = TruthFile()

    def deliver(self, day: date, entity: Entity, rows: pl.DataFrame) -> None:
        """Write the delivery of an entity and day with its faults, and with the lines postponed to this day."""
        breakable = breakable_columns(entity)
        if breakable is None:
            self._target.deliver(day, entity, rows)
            return
        part = self._deliver_refused(day, entity, breakable, rows)
        good = GoodText(delivered_text(entity, rows))
        at_rows = []
        for row, faulty in self._faulty_lines(day, breakable, good):
            is_at_row = not faulty.days_later and faulty.position is not Position.END_OF_FILE
            if not is_at_row:
                self._waiting[day + timedelta(days=faulty.days_later), entity].append(faulty)
            if is_at_row or faulty.replaces:
                at_rows.append((row, faulty))
        self._deliver_file(day, entity, part, good, at_rows)

    def end(self, day: date) -> None:
        """Deliver the lines postponed to this day whose entities have no other rows on this day."""
        for postponed_to, entity in [key for key in self._waiting if key[0] == day]:
            header = csv_text(pl.DataFrame(schema=entity.delivered_columns))
            self._deliver_file(postponed_to, entity, "", GoodText(header), [])

    def _deliver_file(
        self, day: date, entity: Entity, part: str, good: GoodText, at_rows: list[tuple[int, FaultyLine]]
    ) -> None:
        file = assemble(good, at_rows, self._waiting.pop((day, entity), []))
        if file.text == good.header and not entity.is_expected_by_day:
            return
        self._target.deliver_text(day, entity, file.text, part)
        for fault, line in file.faults:
            self.truth.add(fault, entity, day, self._target.path(day, entity, part).name, line)

    def _deliver_refused(self, day: date, entity: Entity, breakable: Breakable, rows: pl.DataFrame) -> str:
        """Deliver a file with a wrong header, if one is drawn; return the part in the name of the good file."""
        rng = stream(self._settings.seed, day, Subject.FAULTY_FILES, breakable.number)
        kind = _chosen(rng.random(1), self._request.shares_of(FILE_KINDS)).item()
        if kind < 0 or rows.is_empty():
            return ""
        table = pl.read_csv(delivered_text(entity, rows), infer_schema=False)
        if FILE_KINDS[kind] is Kind.ADDED_COLUMN:
            # Landing names an unexpected column by its position, because the name can be anything.
            reason = f"unexpected: field {table.width + 1}"
            table = table.with_columns(pl.lit("1").alias(SURPLUS_COLUMN))
        else:
            # Without columns that the contract added later, the header is a valid one.
            first = [column.name for column in entity.columns if not column.added_by_landing and column.since == 1]
            missing = str(rng.choice([column for column in first if column not in breakable.key]))
            reason, table = f"missing: {missing}", table.drop(missing)
        self._target.deliver_text(day, entity, csv_text(table))
        fault = Fault(FILE_KINDS[kind], "", day, Effect.REFUSED, reason)
        self.truth.add(fault, entity, day, self._target.path(day, entity).name, None)
        return RESENT_PART

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
