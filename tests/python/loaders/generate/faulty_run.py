"""A run with faults: what it wrote, and the faults that its truth file lists."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from loaders.generate.faults.entities import Breakable, breakable_columns
from loaders.generate.faults.kinds import FILE_KINDS, Kind
from tests.python.loaders.generate.bank import ENTITIES, Row

BANK: list[object] = [
    *("--days", 5, "--start", "2025-03-30", "--customers", 1200, "--transactions-per-day", 120, "--seed", 5)
]
LAST_DAY = "2025-04-03"
ROW_KINDS = [kind for kind in Kind if kind not in FILE_KINDS]


def breakable_of(entity: str) -> Breakable:
    breakable = breakable_columns(ENTITIES[entity])
    assert breakable, f"{entity} cannot have faults"
    return breakable


@dataclass(frozen=True)
class Run:
    """The folder that one run wrote, with an inbox and a truth file."""

    folder: Path

    @property
    def inbox(self) -> Path:
        return self.folder / "inbox"

    def truth(self) -> list[Row]:
        with (self.folder / "truth" / "faults.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def content(self, bronze_file: str) -> bytes:
        """The uncompressed content of a delivery, by its path below the bronze root."""
        domain, _, day, name = bronze_file.split("/")
        # The second file of a day has a number in bronze.
        content = (self.inbox / day.removeprefix("dt=") / domain / name.replace("_0002.", ".")).read_bytes()
        return gzip.decompress(content) if name.endswith(".gz") else content

    def line(self, fault: Row) -> bytes:
        """The delivered line of a fault, without its LF."""
        return lines_of_file(self, fault["file"])[int(fault["line"]) - 1]

    def values(self, fault: Row) -> Row:
        """The values of the delivered line of a fault."""
        (values,) = csv.reader([self.line(fault).decode()])
        return dict(zip(ENTITIES[fault["entity"]].delivered_columns, values, strict=True))

    def lines(self) -> Counter[tuple[str, str, bytes]]:
        """All lines of the files that are not refused, with entity and arrival day."""
        refused = {fault["file"] for fault in self.truth() if fault["effect"] == "refused"}
        counted: Counter[tuple[str, str, bytes]] = Counter()
        for file in self.inbox.glob("*/*/*.csv*"):
            day, domain, entity = *file.parts[-3:-1], file.name.split(".")[0]
            name = f"{domain}/{entity}/dt={day}/{file.name}"
            if name not in refused:
                counted.update((entity, day, line) for line in self.content(name).split(b"\n")[1:-1])
        return counted

    def files(self) -> dict[str, bytes]:
        """The content of all files, by path."""
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        }


GenerateRun = Callable[..., Run]


@cache  # read once for all faults of a file
def lines_of_file(run: Run, bronze_file: str) -> list[bytes]:
    return run.content(bronze_file).split(b"\n")


@cache
def copies(run: Run) -> Counter[tuple[str, bytes]]:
    """The number of times that each line is delivered, including refused files."""
    counted: Counter[tuple[str, bytes]] = Counter()
    for name, content in run.files().items():
        counted.update((Path(name).name.split(".")[0], line) for line in content.split(b"\n"))
    return counted


@cache
def states(run: Run, bronze_file: str) -> dict[str, list[tuple[int, datetime]]]:
    """Line number and update time of each state of a key in a file, by key."""
    (key,) = ENTITIES[bronze_file.split("/")[1]].key
    found: dict[str, list[tuple[int, datetime]]] = {}
    rows = csv.DictReader(line.decode() for line in lines_of_file(run, bronze_file) if line)
    for number, row in enumerate(rows, 2):
        found.setdefault(row[key], []).append((number, datetime.fromisoformat(row["updated_at"])))
    return found
