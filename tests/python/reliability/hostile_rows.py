"""Rows and files that are made of the hostile values."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from tests.python.reliability.hostile_values import (
    COLUMNS,
    EXTREMES,
    GOOD_VALUES,
    REASONS,
    REFUSED_VALUES,
    TEXTS,
    TOGETHER,
    TOGETHER_COLUMN,
    VALID,
)


@dataclass(frozen=True)
class HostileRow:
    """A row with one hostile value.

    Attributes:
        column: the column of the hostile value.
        values: the whole row as it is delivered.
        reason: the rule that the value fails; empty if the value is valid.
        expected: the value of the column in base.
    """

    column: str
    values: Mapping[str, str]
    reason: str
    expected: object = None


def valid(entity: str) -> dict[str, str]:
    values = VALID[entity].split(",")
    return dict.fromkeys(COLUMNS[entity], "") | dict(zip([*COLUMNS[entity]][: len(values)], values, strict=True))


@cache
def hostile_rows(entity: str) -> list[HostileRow]:
    """Return one row for each hostile value of each column. All other values of the row are valid."""
    rows = []
    key, key_kind = next(iter(COLUMNS[entity].items()))
    for column, kind in COLUMNS[entity].items():
        cases: Iterator[tuple[str, str, object]]
        if kind in ("key", "text"):
            cases = ((text, "", text) for text in TEXTS)
        elif kind == "replaced":  # The rows with these texts as keys must count, so other keys are named.
            cases = ((f"no {text}", "", f"no {text}") for text in TEXTS)
        else:
            cases = ((text, REASONS[kind].format(column), None) for text in REFUSED_VALUES[kind])
        for number, (text, reason, expected) in enumerate([*cases, *_good(column)]):
            own = {key: f"{column}-{number}"} if key_kind == "key" else {}
            rows.append(HostileRow(column, valid(entity) | own | {column: text}, reason, expected))
    for number, (values, reason) in enumerate(TOGETHER.get(entity, ())):
        rows.append(HostileRow(TOGETHER_COLUMN, valid(entity) | {key: f"together-{number}"} | values, reason))
    return rows


def _good(column: str) -> Iterator[tuple[str, str, object]]:
    return ((text, "", value) for text, value in GOOD_VALUES.get(column, ()))


def delivered(entity: str, rows: list[Mapping[str, str]]) -> str:
    """Return a file as Python's csv module writes it."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, [*COLUMNS[entity]], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def value_deliveries() -> Iterator[tuple[str, str, str]]:
    """Yield two files of each entity, as (entity, part of the file name, text)."""
    for entity in COLUMNS:
        yield entity, ".values", delivered(entity, [row.values for row in hostile_rows(entity)])
        yield entity, ".extremes", delivered(entity, extreme_rows(entity))


def extreme_rows(entity: str) -> list[Mapping[str, str]]:
    return [valid(entity) | row for row in EXTREMES[entity]]
