"""Any table that the csv module writes lands, and both Python and DuckDB read the same values back."""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from gzip import compress, decompress
from pathlib import Path
from unittest.mock import patch

import duckdb
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from loaders.land import land
from loaders.landing.numbering import number_lines
from loaders.landing.records import MalformedRecordError, canonical_record, split_fields
from loaders.landing.splitter import split_text
from tests.python.conftest import BronzeFolder
from tests.python.loaders.notes import small_contract

COLUMNS = ("id", "note", "amount")
AMOUNT = re.compile(r"[+-]?[0-9]{1,16}([.][0-9]{1,2}0*)?", re.ASCII)

# No surrogates: UTF-8 cannot encode them.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
awkward = st.text(st.sampled_from("\",\n\r\t \\\0\x1a\x85\u2028\ufeffé\U0001f4b6ab;|#'"), max_size=12)
amounts = st.from_regex(r"[+-]?[0-9]{1,16}([.][0-9]{0,4})?", fullmatch=True) | st.sampled_from(
    ["", " 1.5 ", "1e3", "-0"]
)
rows = st.lists(st.tuples(texts | awkward, texts | awkward, amounts | awkward), max_size=12)


def cleaned(value: str) -> str:
    """Clean a value as landing documents it, with another implementation."""
    value = value.replace("\r\n", "\n")
    return "".join(
        " " if character != "\t" and re.match(r"[\x00-\x1f\x7f-\x9f]", character) else character for character in value
    )


@pytest.fixture(scope="module")
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def read_by_duckdb(duck: duckdb.DuckDBPyConnection, path: Path) -> list[tuple[str | None, ...]]:
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in ("source_line", *COLUMNS))
    query = (
        f"select * from read_csv('{path}', columns = {{{columns}}}, auto_detect = false, header = true, delim = ',', "
        "quote = '\"', escape = '\"', null_padding = true, hive_partitioning = false) order by source_line::bigint"
    )
    return duck.execute(query).fetchall()


@given(
    rows=rows,
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    line_end=st.sampled_from(["\n", "\r\n"]),
    gz=st.booleans(),
)
@example(
    rows=[('"', "\r\n", '"\n"'), ("", "", ""), ("\ufeff", ",", "\n")],
    quoting=csv.QUOTE_MINIMAL,
    line_end="\n",
    gz=False,
)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_table_lands_value_by_value(
    duck: duckdb.DuckDBPyConnection, rows: list[tuple[str, str, str]], quoting: int, line_end: str, gz: bool
) -> None:
    if quoting == csv.QUOTE_MINIMAL and line_end == "\n":  # the csv module leaves a lone CR unquoted then
        rows = [(id_, note, amount.replace("\r", "\r\n")) for id_, note, amount in rows]
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=quoting, lineterminator=line_end)  # type: ignore[arg-type]
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    content = buffer.getvalue().encode()
    with tempfile.TemporaryDirectory() as folder, patch("os.fsync"):
        inbox, bronze = Path(folder, "inbox"), BronzeFolder(Path(folder, "bronze"))
        delivered = inbox / "2025-01-01" / "banking" / ("notes.csv.gz" if gz else "notes.csv")
        delivered.parent.mkdir(parents=True)
        delivered.write_bytes(compress(content) if gz else content)
        result = land(inbox, bronze.path, contract=small_contract())
        assert (result.problems, result.malformed_rows, result.landed_rows) == ([], 0, len(rows))
        path = next(bronze.path.glob("banking/notes/dt=2025-01-01/*"))
        landed = path.read_bytes()
        text = (decompress(landed) if gz else landed).decode()
        read = list(csv.reader(io.StringIO(text), strict=True))
        by_duckdb = read_by_duckdb(duck, path)
        totals = bronze.control("control_totals")[0]

    expected = [[cleaned(value) for value in row] for row in rows]
    assert [row[1:] for row in read[1:]] == expected
    assert [["" if value is None else value for value in row[1:]] for row in by_duckdb] == expected
    assert result.changed_values == sum(cleaned(value) != value for row in rows for value in row)
    lines = 2
    for row, delivered_row in zip(read[1:], rows, strict=True):
        assert int(row[0]) == lines
        lines += 1 + sum(value.count("\n") for value in delivered_row)

    trimmed = [row[2].strip(" \t") for row in expected]
    found = [Decimal(value) for value in trimmed if AMOUNT.fullmatch(value)]
    assert Decimal(totals["total_amount"]) == sum(found, Decimal(0))
    assert int(totals["amount_values"]) == len(found)
    assert int(totals["other_values"]) == len([value for value in trimmed if value]) - len(found)


@given(
    content=st.lists(
        st.sampled_from([b'"', b",", b"\n", b"\r", b"a", b"\xc3", b"\xa9", b"\0", b'""', b'","', b"1,2,3\n"])
    ).map(b"".join)
)
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_accounted_for(content: bytes) -> None:
    split = split_text(content, 2, COLUMNS, None)
    lines = split.text.decode().split("\n")[:-1]
    assert split.rows == len(lines)
    assert split.used_bytes == len(content)
    numbers = [int(line.split(",")[0]) for line in lines] + [line.source_line for line in split.malformed]
    assert len(set(numbers)) == len(numbers)
    assert all(len(fields) == 4 for fields in csv.reader(lines, strict=True))
    delivered = content.split(b"\n")
    last = len(delivered) - 1
    for offset, line in enumerate(delivered):
        # Every line that is not blank begins a record, is malformed, or is inside a value of an earlier record.
        if line.removesuffix(b"\r") and offset + 2 not in numbers:
            assert any(number < offset + 2 for number in numbers)
        if not line.removesuffix(b"\r") and offset in (0, last):
            assert offset + 2 not in numbers


@given(
    rows=st.lists(st.tuples(awkward, awkward, awkward), min_size=1, max_size=6),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
@settings(max_examples=200, deadline=None)
def test_vectorized_reading_equals_reading_line_by_line(rows: list[tuple[str, str, str]], quoting: int) -> None:
    texts = []
    for row in rows:
        buffer = io.StringIO(newline="")
        csv.writer(buffer, quoting=quoting, lineterminator="").writerow([cleaned(value) for value in row])  # type: ignore[arg-type]
        texts.append(buffer.getvalue())
        assert split_fields(buffer.getvalue()) == [cleaned(value) for value in row]
    split = split_text("\n".join(texts).encode(), 2, COLUMNS, None)
    expected = [f"{number},".encode() + canonical_record(text, COLUMNS).line for number, text in enumerate(texts, 2)]
    assert split.text.split(b"\n")[:-1] == expected


@given(lines=st.lists(st.text(st.sampled_from('"",a\t\0'), min_size=1, max_size=14), min_size=1, max_size=8))
@settings(max_examples=1_000, deadline=None)
def test_every_line_is_read_independently_of_the_others(lines: list[str]) -> None:
    # No line opens a value that continues on the next line.
    lines = [line if line.count('"') % 2 == 0 else line + '"' for line in lines]
    split = split_text("\n".join(lines).encode(), 2, COLUMNS, None)
    landed, malformed = [], []
    for number, line in enumerate(lines, 2):
        try:
            landed.append(f"{number},".encode() + canonical_record(line, COLUMNS).line)
        except MalformedRecordError as error:
            malformed.append((number, str(error)))
    assert split.text.split(b"\n")[:-1] == landed
    assert [(line.source_line, line.reason) for line in split.malformed] == malformed


def test_line_numbers_of_any_width() -> None:
    numbers = [1, 2, 9, 10, 99, 100, 101, 999, 1_000, 123_456_789_012]
    body = "".join(f"x{'y' * number},\n" for number in range(10))
    expected = "".join(f"{number},{line}\n" for number, line in zip(numbers, body.splitlines(), strict=True))
    assert number_lines(body.encode(), np.array(numbers)) == expected.encode()
    assert number_lines(b"", np.array([], np.int64)) == b""
