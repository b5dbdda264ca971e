"""What is seen of a file before a mapping is proposed for it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from loaders.spreadsheets.reading import Sheet
from loaders.table_import.guesses import Guess, Place, date_forms, guess_dates, guess_numbers
from loaders.table_import.layout import column_names
from loaders.table_import.mapping import Numbers
from loaders.table_import.records import Dialect, make_records, make_source
from loaders.table_import.session import name
from loaders.table_import.synonyms import find

_SAMPLES = 500
_LONGEST = 200


@dataclass
class Look:
    """What was seen of a file: its place, and of each column its first values that are not empty."""

    path: Path
    encoding: Guess | None
    sheet: Sheet | None
    dialect: Dialect
    place: Place
    names: list[str]
    samples: dict[str, list[str]] = field(default_factory=dict)
    numbers: tuple[Numbers, str] | None = None
    dates: dict[str, Guess] = field(default_factory=dict)
    unique: set[str] = field(default_factory=set)
    unique_by_account: set[str] = field(default_factory=set)
    around: list[str] = field(default_factory=list)


def names_of(place: Place) -> list[str]:
    """Return the names of the columns of a table."""
    return column_names(place.names) if place.header else [f"c{number}" for number in range(1, len(place.names) + 1)]


def look_at(connection: duckdb.DuckDBPyConnection, look: Look) -> Look:
    """Fill in what the columns hold."""
    place, names = look.place, look.names
    make_records(connection, look.dialect, place.first, place.last)
    make_source(connection, look.dialect, names, None, ())
    account = find("account_id", names)
    for column in names:
        shown = name(column)
        found = connection.execute(
            # What is longer is neither a number nor a date, and patterns take long for it.
            f"select left({shown}, {_LONGEST}) from source where {shown} is not null "  # noqa: S608
            f"order by __line limit {_SAMPLES}"
        ).fetchall()
        look.samples[column] = [str(row[0]) for row in found]
        if _is_unique(connection, shown):
            look.unique.add(column)
        elif account and column != account and _is_unique(connection, f"{name(account)} || '-' || {shown}"):
            look.unique_by_account.add(column)
    look.dates = guess_dates({column: date_forms(connection, look.samples[column]) for column in names})
    numeric = [each for column in numeric_columns(look) for each in look.samples[column]]
    look.numbers = guess_numbers(connection, numeric)
    around = connection.execute(
        "select text from lines where (line < ? or line > ?) and regexp_matches(text, '[0-9][.,][0-9]{2}') limit 5",
        [place.header or place.first, place.last],
    ).fetchall()
    look.around = [str(row[0]) for row in around]
    return look


def _is_unique(connection: duckdb.DuckDBPyConnection, value: str) -> bool:
    query = f"select count(distinct {value}) = count(*) from source where __problem is null"  # noqa: S608
    return bool(connection.execute(query).fetchall()[0][0])


def numeric_columns(look: Look) -> list[str]:
    """Return the columns of which every value looks like an amount."""
    amount = re.compile(
        r"[(]?[-+\u2212]?\s*(?:[A-Z]{3}|[€$£¥])?\s*[-+\u2212]?\d[\d.,' \u00a0]*(?:[A-Z]{3}|[€$£¥])?\s*[-+\u2212)]?"
    )
    # A sheet has no zeros at the end of a number.
    decimals = re.compile(r"[.,]\d" if look.sheet else r"[.,]\d{2}\D*$")
    return [
        column
        for column, samples in look.samples.items()
        if samples
        and column not in look.dates
        and all(amount.fullmatch(each) for each in samples)
        and any(decimals.search(each) for each in samples)
    ]
