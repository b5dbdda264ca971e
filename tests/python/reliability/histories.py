"""Random histories of a warehouse: what is delivered, when it lands, and what is built in between.

A history has the deliveries of a generated bank with faults and fraud. It adds what makes the order matter: corrections
of any column with an earlier, equal or later update time, which arrive on any day; files that are delivered again under
other names; files in parts; and files that land after the rows that refer to them are built.
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
from loaders.landing.inbox import Delivery
from tests.python.delivered import DOMAINS, KEYS
from tests.python.warehouse import BUILD_WITHOUT_TESTS, PROJECT, Warehouse

# Across the end of a month. The number of rows costs little; each dbt command costs much.
BANK = (
    *"--days 5 --start 2025-01-29 --customers 40 --transactions-per-day 100 --orders-per-day 12".split(),
    *"--faults 0.05 --fraud 0.03".split(),
)
ENTITIES = tuple(KEYS)
# Arrival days of corrections: before, with and long after the corrected rows.
ARRIVALS = ("2025-01-10", "2025-01-29", "2025-01-31", "2025-02-02", "2025-03-20")
WITHOUT_AUDIT = (*BUILD_WITHOUT_TESTS, "--exclude", "path:models/audit")
MODELS = sorted(path.stem for path in (PROJECT / "models").rglob("*.sql") if path.parent.name != "audit")
SNAPSHOTS = sorted(path.stem for path in (PROJECT / "snapshots").glob("*.yml"))
# Typical selections: a layer, a folder, a table with its parents or its children.
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
    """A delivered file."""

    day: str
    entity: str
    part: str
    content: bytes = field(repr=False)

    @property
    def name(self) -> str:
        return f"{self.day}/{DOMAINS[self.entity]}/{self.entity}{self.part}.csv"


@dataclass(frozen=True)
class Step:
    """Files that land together, and the dbt commands that follow."""

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
        """The well-formed rows of each entity, to be corrected."""
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
    """A correction of a row.

    Attributes:
        row: the number of the row, modulo the number of rows.
        other: the number of another row, modulo the number of rows.
        column: the number of the column that changes, modulo the number of columns.
        change: the new value: `other` (that of the other row), `nothing`, `nonsense`, or `days` (a shifted date).
            `key` replaces the key by that of the other row.
        days: the shift of the date.
        updated: the shift of the update time in hours, or None for the update time of the other row.
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
            # Also dates in the key, so days and months gain and lose rows, and rates are delivered for other days.
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
    """Shift a date or time. Other text stays the same."""
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
    """Draw files with corrections for all entities."""
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
        return (BUILD_WITHOUT_TESTS,)  # all tables, so any of them can be selected later
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
    """Draw a history. Its last step builds everything."""
    files = draw(_deliveries(bank))
    # Some entities land early or late as a whole, so that facts are built before their dimensions or long after them.
    orders = {
        entity: draw(st.sampled_from(["any", "any", "any", "first", "last", "as they arrive", "backwards"]))
        for entity in ENTITIES
    }
    days = sorted({file.day for file in files})

    def step_of(file: File) -> int:
        by_day = days.index(file.day) * steps // len(days)
        order = orders[file.entity]
        if order == "any":
            return draw(st.integers(0, steps - 1))
        return {"first": 0, "last": steps - 1, "as they arrive": by_day, "backwards": steps - 1 - by_day}[order]

    numbered = _in_order([(step_of(file), file) for file in files])
    return [
        Step(
            files=tuple(file for step, file in numbered if step == number),
            commands=draw(_commands(is_first=number == 0)) if number < steps - 1 else (BUILD_WITHOUT_TESTS,),
        )
        for number in range(steps)
    ]


def _in_order(numbered: list[tuple[int, File]]) -> list[tuple[int, File]]:
    """Let the files of an entity and day land in the order in which they would land together.

    Their order is a fact of its own: of two rows with the same update time, the one that landed last counts.
    """
    groups: dict[tuple[str, str], list[tuple[int, File]]] = {}
    for step, file in numbered:
        groups.setdefault((file.day, file.entity), []).append((step, file))
    ordered: list[tuple[int, File]] = []
    for group in groups.values():
        steps = sorted(step for step, _ in group)
        ordered += zip(steps, sorted((file for _, file in group), key=_landing_order), strict=True)
    return ordered


def _landing_order(file: File) -> tuple[object, ...]:
    entity = load_contract().entity(DOMAINS[file.entity], file.entity)
    return Delivery(date.fromisoformat(file.day), entity, Path(file.name)).order


def put(warehouse: Warehouse, name: str, files: Sequence[File]) -> None:
    """Write files into a new inbox and land it."""
    inbox = warehouse.folder / name
    inbox.mkdir()
    for file in files:
        path = inbox / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
    if files:
        land(inbox, warehouse.folder / "data" / "bronze")
