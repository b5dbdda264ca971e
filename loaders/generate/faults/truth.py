"""The truth file: every injected fault, and its expected effect in the warehouse.

One line per faulty line of a delivery or refused file. It contains keys, but no other personal data.

| column | meaning |
|---|---|
| `kind` | what is wrong, see `Kind` |
| `entity` | the entity |
| `key` | the key of the good row, or of the orphan, with its parts joined by / |
| `due_on` | the day that the row belongs to |
| `arrived_on` | its arrival day |
| `file` | the file, below the bronze root |
| `line` | the line number, in bronze `source_line`; empty for a refused file |
| `effect` | the expected effect, see `Effect` |
| `rule` | the only rule that the row breaks, or landing's reason |
| `amount` | the control amount that the audit counts; empty if it counts none |
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
    """One injected fault.

    Attributes:
        kind: what is wrong.
        key: the key, with its parts joined by /; empty for a refused file.
        due_on: the day that the row belongs to.
        effect: the expected effect in the warehouse.
        rule: the rule that the row breaks, or landing's reason.
        amount: the control amount that the audit counts, as text; empty if it counts none.
    """

    kind: Kind
    key: str
    due_on: date
    effect: Effect
    rule: str = ""
    amount: str = ""


class TruthFile:
    """Collects the faults of a run, by day, file and line, and writes them.

    Attributes:
        kinds: the number of faults by kind.
    """

    def __init__(self) -> None:
        """Start without faults."""
        self._rows: list[tuple[str | int | None, ...]] = []
        self.kinds: Counter[Kind] = Counter()

    def add(self, fault: Fault, entity: Entity, arrived_on: date, file_name: str, line: int | None) -> None:
        """Add a fault, with the file and line in which it is delivered."""
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
        """Write the truth file, which replaces an existing one.

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
            raise TieoutError(f"{path} cannot be written: {error.strerror or error}. Give another --truth.") from error
        return path


def refuse_truth_among_deliveries(truth: Path, folders: Sequence[tuple[str, Path]]) -> None:
    """Check that a truth folder is outside of the inbox and the bronze root, so that no loader can read it.

    Raises:
        TieoutError: it is inside one of these (name, folder).
    """
    for name, folder in folders:
        if truth.resolve().is_relative_to(folder.resolve()):
            raise TieoutError(f"--truth {truth} is inside the {name} {folder}. Give a folder outside of it.")
