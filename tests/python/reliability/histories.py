"""Histories of a warehouse: what is delivered to it, when that is landed, and what is built in between.

A history begins with the deliveries of a generated bank, faults and fraud included, and adds what makes the order
matter: corrections of any column under an update time of before, of the same moment or of later, arriving on any day;
files that come again under other names; files that come in parts; files that are held back until what refers to them is
built.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path

from hypothesis import strategies as st

from loaders.contract import load_contract
from loaders.land import land
from tests.python.delivered import DOMAINS, KEYS
from tests.python.warehouse import BUILD_WITHOUT_TESTS, PROJECT, Warehouse

# Over the end of a month. How many there are costs little; what takes time is to start dbt.
BANK = (
    *"--days 5 --start 2025-01-29 --customers 40 --transactions-per-day 100 --orders-per-day 12".split(),
    *"--faults 0.05 --fraud 0.03".split(),
)
ENTITIES = tuple(KEYS)
# Days on which corrections arrive: before, with and long after what they correct.
ARRIVALS = ("2025-01-10", "2025-01-29", "2025-01-31", "2025-02-02", "2025-03-20")
WITHOUT_AUDIT = (*BUILD_WITHOUT_TESTS, "--exclude", "path:models/audit")
MODELS = sorted(path.stem for path in (PROJECT / "models").rglob("*.sql") if path.parent.name != "audit")
SNAPSHOTS = sorted(path.stem for path in (PROJECT / "snapshots").glob("*.yml"))
# What people select: a layer, a folder, a table with what it is made of or with what is made of it.
SELECTIONS = (
    ("path:models/staging",),
    ("resource_type:snapshot", "path:models/marts/core"),
    ("path:models/marts/banking",),
    ("path:models/marts/commerce",),
    ("path:models/marts/analytics", "path:models/marts/risk"),
    ("path:models/marts",),
    ("path:models/audit",),
    ("+fact_transaction",),
    ("fact_transaction+",),
    ("+fact_sales",),
    ("+dim_customer_history",),
    ("snap_banking__customers+",),
    ("stg_banking__locations+",),
    ("dim_fx_rate+",),
    ("+customer_spend_monthly",),
)

Row = dict[str, str]


@dataclass(frozen=True)
class File:
    """A delivered file, by its place in an inbox."""

    day: str
    entity: str
    part: str
    content: bytes = field(repr=False)

    @property
    def name(self) -> str:
        return f"{self.day}/{DOMAINS[self.entity]}/{self.entity}{self.part}.csv"


@dataclass(frozen=True)
class Step:
    """What is landed together, and the dbt commands that follow."""

    files: tuple[File, ...]
    commands: tuple[tuple[str, ...], ...]

    def __str__(self) -> str:
        landed = f"land {' '.join(file.name for file in self.files)}"
        return "\n".join([landed, *(f"dbt {' '.join(command)}" for command in self.commands), ""])


class Bank:
    """The deliveries of a generated bank."""

    def __init__(self, inbox: Path) -> None:
        """Read an inbox."""
        self.files = [
            File(path.parts[-3], path.name.split(".")[0], path.name[path.name.index(".") : -4], path.read_bytes())
            for path in sorted(inbox.glob("*/*/*.csv"))
        ]

    @cached_property
    def rows(self) -> dict[str, list[Row]]:
        """Rows of each entity that can be read, to be corrected."""
        rows: dict[str, list[Row]] = {entity: [] for entity in ENTITIES}
        for file in self.files:
            columns = _columns(file.entity)
            with_header = _readable(file.content)
            if with_header[:1] == [list(columns)]:
                rows[file.entity] += [
                    dict(zip(columns, values, strict=True)) for values in with_header[1:] if len(values) == len(columns)
                ]
        return rows


def _columns(entity: str) -> list[str]:
    return list(load_contract().entity(DOMAINS[entity], entity).delivered_columns)


def _readable(content: bytes) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(content.decode(), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        return []


def _text(entity: str, rows: list[Row]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, _columns(entity), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


@dataclass(frozen=True)
class Correction:
    """How a row of one entity comes again.

    Attributes:
        row: number of the row, of which only the remainder counts, as of the others.
        other: number of the row that lends its values.
        column: number of the column that changes.
        change: what it changes to: the other row's value, nothing, nonsense, or a date some days away; or the key
            changes to the other row's, and all else stays.
        days: how far away.
        updated: the update time: hours after that of the row (or before it), or none: the other row's.
    """

    row: int
    other: int
    column: int
    change: str
    days: int
    updated: int | None

    def of(self, entity: str, rows: list[Row]) -> Row:
        """Return the corrected row."""
        row, other = rows[self.row % len(rows)], rows[self.other % len(rows)]
        columns = [column for column in row if column not in (*KEYS[entity], "updated_at")]
        column = columns[self.column % len(columns)]
        corrected = dict(row)
        if self.change == "key":
            corrected |= {key: other[key] for key in KEYS[entity]}
        elif self.change == "days":
            # Of what has dates, be they of the key: days and months gain rows and lose them, and rates come for them.
            dated = [name for name in row if name.endswith(("_date", "_ts", "sold_at"))]
            if dated:
                name = dated[self.column % len(dated)]
                corrected[name] = _later(row[name], timedelta(days=self.days))
        else:
            corrected[column] = {"other": other[column], "nothing": "", "nonsense": "x"}[self.change]
        if self.updated is None:
            corrected["updated_at"] = other["updated_at"]
        elif self.updated:
            dated_row = row["updated_at"] or row.get("transaction_ts", "")
            corrected["updated_at"] = _later(dated_row, timedelta(hours=self.updated))
        return corrected


def _later(moment: str, by: timedelta) -> str:
    """Shift a date or time; what is neither stays."""
    try:
        if len(moment) == len("2025-01-01"):
            return str(date.fromisoformat(moment) + by)
        return str(datetime.fromisoformat(moment) + by)
    except (ValueError, OverflowError):
        return moment


_CORRECTIONS = st.builds(
    Correction,
    row=st.integers(0, 9999),
    other=st.integers(0, 9999),
    column=st.integers(0, 99),
    change=st.sampled_from(["other", "other", "other", "days", "days", "key", "nothing", "nonsense"]),
    days=st.sampled_from([-400, -45, -20, -3, -1, 1, 2, 30, 60]),
    updated=st.sampled_from([-2000, -30, -1, 0, 0, 1, 30, 200, 2000, None]),
)


@st.composite
def _corrections(draw: st.DrawFn, bank: Bank) -> list[File]:
    """Corrections of all entities, and files that come again or in parts."""
    files = []
    for entity in ENTITIES:
        rows = bank.rows[entity]
        for number, arrival in enumerate(draw(st.lists(st.sampled_from(ARRIVALS), min_size=1, max_size=3))):
            drawn = draw(st.lists(_CORRECTIONS, min_size=1, max_size=8))
            corrected = [correction.of(entity, rows) for correction in drawn]
            files.append(File(arrival, entity, f".corrected.{number}", _text(entity, corrected)))
    return files


@st.composite
def _deliveries(draw: st.DrawFn, bank: Bank) -> list[File]:
    files = []
    for number, file in enumerate(bank.files):
        how = draw(st.sampled_from(["whole", "whole", "whole", "in parts", "again"]))
        header, *lines = file.content.splitlines(keepends=True)
        if how == "in parts" and len(lines) > 1:
            cut = draw(st.integers(1, len(lines) - 1))
            files += [
                File(file.day, file.entity, f"{file.part}.part{part}", b"".join([header, *some]))
                for part, some in enumerate((lines[:cut], lines[cut:]))
            ]
            continue
        files.append(file)
        if how == "again":
            day = draw(st.sampled_from(ARRIVALS))
            files.append(File(day, file.entity, f"{file.part}.again.{number}", file.content))
    return files + draw(_corrections(bank))


@st.composite
def _commands(draw: st.DrawFn, is_first: bool) -> tuple[tuple[str, ...], ...]:
    whole = st.just(WITHOUT_AUDIT)
    if is_first:
        return (BUILD_WITHOUT_TESTS,)  # all tables, so that any of them can be selected later
    selected = st.one_of(
        st.sampled_from(SELECTIONS),
        st.sets(st.sampled_from([*MODELS, *SNAPSHOTS]), min_size=1, max_size=60).map(
            lambda names: tuple(sorted(names))
        ),
    ).map(lambda names: (*BUILD_WITHOUT_TESTS, "--select", *names))
    refreshed = st.one_of(whole, selected).map(lambda command: (*command, "--full-refresh"))
    return tuple(draw(st.lists(st.one_of(whole, selected, selected, refreshed), min_size=1, max_size=2)))


@st.composite
def histories(draw: st.DrawFn, bank: Bank, steps: int) -> list[Step]:
    """Draw a history of so many steps; the last one ends with a build of everything."""
    files = draw(_deliveries(bank))
    # Some entities come early or late as a whole, so that facts are built before what they point at, or long after.
    manners = {
        entity: draw(st.sampled_from(["any", "any", "any", "first", "last", "as they arrive", "backwards"]))
        for entity in ENTITIES
    }
    days = sorted({file.day for file in files})

    def step_of(file: File) -> int:
        by_day = days.index(file.day) * steps // len(days)
        manner = manners[file.entity]
        if manner == "any":
            return draw(st.integers(0, steps - 1))
        return {"first": 0, "last": steps - 1, "as they arrive": by_day, "backwards": steps - 1 - by_day}[manner]

    placed = [(step_of(file), file) for file in files]
    return [
        Step(
            files=tuple(file for place, file in placed if place == number),
            commands=draw(_commands(is_first=number == 0)) if number < steps - 1 else (BUILD_WITHOUT_TESTS,),
        )
        for number in range(steps)
    ]


def put(warehouse: Warehouse, name: str, files: Sequence[File]) -> None:
    """Deliver files in an inbox of their own and land them."""
    inbox = warehouse.folder / name
    inbox.mkdir()
    for file in files:
        path = inbox / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
    if files:
        land(inbox, warehouse.folder / "data" / "bronze")
