"""A good row that gets a fault, and the faulty lines that are delivered for it."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import IntEnum

import numpy as np
from numpy.random import Generator

from loaders.generate.faults.entities import UPDATED_AT, Breakable
from loaders.generate.faults.kinds import Effect, Kind
from loaders.generate.faults.truth import Fault

BAD_NUMBERS = ("12,50", "1e3", "1 000.00", "n/a", "12.", "0x1F")
# Two states of a row differ by less than half a second, because true states are at least a second apart.
MOST_MILLISECONDS = 499


class Position(IntEnum):
    """Where a faulty line is inserted in the file."""

    BEFORE_ROW = 0
    AFTER_ROW = 1
    END_OF_FILE = 2


@dataclass(frozen=True)
class FaultyLine:
    """A line to deliver.

    Attributes:
        fault: what is wrong with it.
        line: its bytes, with the LF.
        position: where it is inserted in the file; ignored if it is delivered on a later day.
        days_later: the number of days after the good row when it is delivered.
        replaces: true if it is the good row itself, which is then not delivered on its own day.
        correction: the good row, if the line stands in its place and a file of its own corrects it on the same day;
            empty otherwise.
    """

    fault: Fault
    line: bytes
    position: Position
    days_later: int = 0
    replaces: bool = False
    correction: bytes = b""


@dataclass(frozen=True)
class GoodRow:
    """A row that gets a fault.

    Attributes:
        breakable: the columns of its entity that faults can break.
        line: its bytes, with the LF.
        values: its values as text, by column.
        day: the day that it belongs to.
        days_left: the number of days left in the run.
        rng: the random stream of the entity's faults.
    """

    breakable: Breakable
    line: bytes
    values: dict[str, str]
    day: date
    days_left: int
    rng: Generator

    def pick(self, choices: tuple[str, ...]) -> str:
        """Return one of several texts."""
        return choices[int(self.rng.integers(len(choices)))]

    def milliseconds(self, count: int) -> list[int]:
        """Return distinct numbers of milliseconds, ascending."""
        chosen = self.rng.choice(np.arange(1, MOST_MILLISECONDS + 1), count, replace=False)
        return sorted(int(number) for number in chosen)

    def days(self, least: int, most: int) -> int:
        """Return a number of days within inclusive bounds and within the run."""
        return int(self.rng.integers(least, min(most, self.days_left) + 1))

    def fault(
        self, kind: Kind, values: dict[str, str], effect: Effect, rule: str = "", *, own_key: bool = False
    ) -> Fault:
        """Describe a fault by the delivered values. The audit counts a control amount only if it is a number.

        own_key: whether the values have a key of their own. Otherwise the fault has the key of the row.
        """
        with_key = values if own_key else self.values
        key = "/".join(with_key[column] for column in self.breakable.key)
        amount = values.get(self.breakable.control_amount, "")
        counted = effect is not Effect.MALFORMED and amount not in BAD_NUMBERS
        return Fault(kind, key, self.day, effect, rule, amount if counted else "")

    def state(self, milliseconds: int) -> dict[str, str]:
        """Return another state of the row: one value corrected, and newer by so many milliseconds (negative: older)."""
        column = self.breakable.correctable
        return {
            **self.values,
            column: self.corrected(column, abs(milliseconds)),
            UPDATED_AT: self.updated_at(milliseconds),
        }

    def corrected(self, column: str, by: int) -> str:
        """Return another value of a column: a larger number, or a longer text."""
        return _corrected(self.values[column], is_number=column in self.breakable.numbers, by=by)

    def own_key(self, name: str) -> dict[str, str]:
        """Return the values of an additional row whose key has this name in it."""
        first = self.breakable.key[0]
        return {**self.values, first: f"{self.values[first]}-{name}-{self.state_name()}"}

    def state_name(self) -> str:
        """Return the digits of the update time, for keys of additional rows: each state of a row can have one."""
        return "".join(filter(str.isdigit, self.values[UPDATED_AT]))

    def updated_at(self, milliseconds: int) -> str:
        """Return the update time of the row, later by so many milliseconds."""
        return later(self.values[UPDATED_AT], timedelta(milliseconds=milliseconds))


def later(moment: str, by: timedelta) -> str:
    """Return a moment that is later than another one, as delivered."""
    return (datetime.fromisoformat(moment) + by).isoformat(sep=" ")


def csv_line(values: dict[str, str]) -> bytes:
    """Return values as a delivered line, with its LF. A surrogate stands for a byte that is not UTF-8."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(values.values())
    return text.getvalue().encode("utf-8", "surrogateescape")


def _corrected(value: str, *, is_number: bool, by: int) -> str:
    if is_number:
        number = Decimal(value or "0")
        return str(number + by * Decimal(1).scaleb(int(number.as_tuple().exponent)))
    return f"{value} (correction {by})".lstrip()
