"""The truth file: every injected fault, and what the warehouse must make of it.

One line per faulty row, as it stands in the delivered file: `kind`, `entity`, `key` (of the good row; of an orphan its
own; parts joined by /), `due_on` (the day it belongs to) and `arrived_on`, `file` (below the bronze root) and `line`
(bronze's source_line; empty for a refused file), `effect` (see `Effect`), `rule` (the only rule it breaks, or landing's
reason), `amount` (what the audit counts of it; empty if nothing). It holds no personal data but keys.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from loaders.contract import Entity
from loaders.deliveries import csv_text, write_atomically
from loaders.errors import TieoutError
from loaders.generate.faults.kinds import Effect, Kind

FILE_NAME = "faults.csv"


@dataclass(frozen=True)
class Fault:
    """One injected fault, wherever it is going to stand.

    Attributes:
        kind: what is wrong.
        key: the key, its parts joined by /; empty for a whole file.
        due_on: the day it belongs to.
        effect: what the warehouse must make of it.
        rule: the rule it breaks, or landing's reason.
        amount: what the audit counts of it, as text; empty if nothing.
    """

    kind: Kind
    key: str
    due_on: date
    effect: Effect
    rule: str = ""
    amount: str = ""


class Truth:
    """The faults of a run, in the order of day, file and line."""

    def __init__(self) -> None:
        """Begin with none."""
        self._rows: list[tuple[str | int | None, ...]] = []
        self.kinds: Counter[Kind] = Counter()

    def add(self, fault: Fault, entity: Entity, arrived_on: date, file_name: str, line: int | None) -> None:
        """Take down a fault and the file and line in which it is delivered."""
        self.kinds[fault.kind] += 1
        file = f"{entity.domain}/{entity.name}/dt={arrived_on}/{file_name}"
        values = (
            fault.kind.value,
            entity.name,
            fault.key,
            str(fault.due_on),
            str(arrived_on),
            file,
            line,
            fault.effect.value,
            fault.rule,
            fault.amount,
        )
        self._rows.append(tuple(value or None for value in values))

    def write(self, folder: Path) -> Path:
        """Write the truth file in the place of the last run's.

        Raises:
            TieoutError: it cannot be written.
        """
        text = ("kind", "entity", "key", "due_on", "arrived_on", "file")
        schema = {
            **dict.fromkeys(text, pl.String),
            "line": pl.Int64,
            **dict.fromkeys(("effect", "rule", "amount"), pl.String),
        }
        path = folder / FILE_NAME
        try:
            write_atomically(path, csv_text(pl.DataFrame(self._rows, schema, orient="row")))
        except OSError as error:
            raise TieoutError(
                f"{path} cannot be written: {error.strerror or error}. Choose another --truth."
            ) from error
        return path


def refuse_truth_among_deliveries(truth: Path, folders: Sequence[tuple[str, Path]]) -> None:
    """Refuse a truth folder inside of an inbox or a bronze root: what is tested must not see it.

    Raises:
        TieoutError: it is inside of one of these named folders.
    """
    for name, folder in folders:
        if truth.resolve().is_relative_to(folder.resolve()):
            raise TieoutError(f"--truth {truth} lies in the {name} {folder}: choose a folder outside of it.")
