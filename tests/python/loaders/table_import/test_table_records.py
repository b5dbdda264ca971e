"""Lines become rows: quotes, line breaks, widths. Every line is delivered or set aside with its reason."""

from __future__ import annotations

import csv
import io
import random

import duckdb
import pytest

from loaders.table_import.layout import column_names
from loaders.table_import.records import Dialect, make_records, make_source
from tests.python.loaders.table_import.conftest import HEAD, Desk

pytestmark = pytest.mark.extended


def texts(desk: Desk, lines: str, **changes: str) -> dict[str, str]:
    """Import lines; return the texts of the delivered rows by their numbers."""
    return {row["transaction_id"]: row["category"] for row in desk.imported(HEAD + lines, **changes)}


def row(number: int, text: str) -> str:
    return f"{number};01.01.2025;{text};1,00\n"


def test_values_in_quotes(desk: Desk) -> None:
    lines = (
        row(1, '"a;b"') + row(2, '"a ""b"""') + row(3, '5" pipe') + row(4, '""') + '"5";"01.01.2025";"a;b";"1,00"\n'
        '"6";"01.01.2025";"";"1,00"\n' + '"7";"01.01.2025";"x"";""y";"1,00"\n'
    )
    assert texts(desk, lines) == {
        **{"1": "a;b", "2": 'a "b"', "3": '5" pipe', "4": "", "5": "a;b", "6": "", "7": 'x";"y'},
    }
    assert desk.reasons() == {}


def test_a_line_break_in_a_value_becomes_a_blank_and_the_trace_still_leads_to_the_line(desk: Desk) -> None:
    lines = row(1, '"two\nlines"') + row(2, '"three\n\n""lines"""') + row(3, "x")
    assert texts(desk, lines) == {"1": "two lines", "2": 'three  "lines"', "3": "x"}
    (trace,) = desk.kept("lines.csv")
    assert [line.split(",")[1::2] for line in trace.read_text(encoding="utf-8").splitlines()[1:]] == [
        ["2", "2"],
        ["4", "3"],
        ["7", "4"],
    ]


@pytest.mark.parametrize("broken", ['"never closed', '"closed" and more', '"a""', '""a'])
def test_a_broken_quote_costs_one_line_only(desk: Desk, broken: str) -> None:
    lines = row(1, "x") + row(2, broken) + row(3, '"y"') + row(4, '"two\nlines"') + row(5, "z")
    assert texts(desk, lines) == {"1": "x", "3": "y", "4": "two lines", "5": "z"}
    assert set(desk.reasons()) == {3}
    assert desk.reasons()[3] in ("unclosed quote", "misplaced quote")
    assert desk.rejects()[0]["raw_text"] == row(2, broken).strip()


def test_an_open_quote_in_the_last_line_does_not_swallow_the_lines_before(desk: Desk) -> None:
    lines = "".join(row(number, "x") for number in range(20)) + row(20, '"open')
    assert len(texts(desk, lines)) == 20
    assert desk.reasons() == {22: "unclosed quote"}


def test_lines_of_another_width_headers_and_long_records_are_set_aside(desk: Desk) -> None:
    lines = row(1, "x") + "2;01.01.2025\n" + HEAD + row(3, "x;y") + row(4, "x" * 32_001) + "\n;;;\n" + row(5, "y")
    assert texts(desk, lines) == {"1": "x", "5": "y"}
    assert desk.reasons() == {
        3: "expected 4 fields, found 2",
        4: "the header once more",
        5: "expected 4 fields, found 5",
        6: "record longer than 32,000 characters",
    }


def test_lines_before_and_after_the_table(desk: Desk) -> None:
    around = f"Konto;A1\n\n{HEAD}{row(1, 'x')}{row(2, 'Summe')}\nSumme;2\nEnde\n\n"
    for table in (
        "{delimiter: ;, skip_before: 2, skip_after: 2}",
        "{delimiter: ;, skip_before: {until: ^Nr}, skip_after: {from: ^Summe}}",
    ):
        assert len(desk.imported(around, table=f"table: {table}", revision="")) == 2
        assert desk.reasons() == {}
    assert "export.csv has no line with the pattern 'Soll' of table.skip_before.until (bank.yml line 3)." in desk.told(
        desk.run(mapping=desk.mapping(table="table: {skip_before: {until: Soll}}"))
    )
    assert (
        "export.csv line 9 is blank or missing" in desk.run(mapping=desk.mapping(table="table: {skip_before: 8}")).err
    )


def test_a_pattern_of_the_lines_after_the_table_is_not_looked_for_within_values(desk: Desk) -> None:
    """All rows after the value would be missing, and no count would show it."""
    text = f"{HEAD}{row(1, chr(34) + 'Brot' + chr(10) + 'Summe 3' + chr(34))}{row(2, 'x')}Summe;2\nEnde\n\n"
    mapping = desk.mapping(table="table: {delimiter: ;, skip_after: {from: ^Summe}}")
    outcome = desk.run(mapping=mapping, export=desk.export(text))
    assert "Rows:    2 read = 2 delivered + 0 set aside." in outcome.out
    assert "Skipped: lines 5 to 6, after the table.\n" in outcome.out


def test_tables_without_header_tabs_and_other_quotes(desk: Desk) -> None:
    changes = {
        "transaction_id": "  transaction_id: c1",
        "transaction_ts": "  transaction_ts: c2",
        "money": "money: {column: c4}",
    }
    export = "1\t02.01.2025\t'a\tb'\t1,00\n"
    (found,) = desk.imported(
        export, table='table: {delimiter: tab, quote: "\'", header: false}', category="  category: c3", **changes
    )
    assert (found["transaction_id"], found["category"]) == ("1", "a\tb")


def test_names_of_columns_can_be_given(desk: Desk) -> None:
    export = '1;2;3;4\n1;02.01.2025;"x;1,00\n'
    table = "table: {delimiter: ;, quote: none, names: [Nr, Tag, Zweck, Betrag], empty_values: [x, n/a]}"
    (found,) = desk.imported(export, table=table)
    assert found["category"] == '"x'
    assert (
        "line 1 has 4 fields, but table.names has 1"
        in desk.run(mapping=desk.mapping(table="table: {delimiter: ;, names: [Nr]}")).err
    )


def test_names_of_columns_are_unique_for_an_engine_without_case() -> None:
    assert column_names(["A", " a ", "", "A", "__line"]) == ["A", "a (2)", "column 3", "A (3)", "column 5"]


def split(text: str) -> list[tuple[int, int, str | None, list[str | None]]]:
    """Split a text of three columns; return first line, last line, problem and values of each record."""
    lines = text.split("\n")
    with duckdb.connect() as engine:
        engine.execute("create table lines (line bigint, text varchar)")
        engine.executemany("insert into lines values (?, ?)", list(enumerate(lines, 1)))
        dialect = Dialect(";", '"')
        make_records(engine, dialect, 1, len(lines))
        make_source(engine, dialect, ["a", "b", "c"], None, ())
        found = engine.execute("select __line, __last_line, __problem, a, b, c from source order by 1").fetchall()
    return [(row[0], row[1], row[2], list(row[3:])) for row in found]


@pytest.mark.parametrize("seed", range(10))
def test_well_formed_records_are_read_as_the_csv_module_reads_them(seed: int) -> None:
    rng = random.Random(seed)
    pieces = ["x", ";", '"', '""', "\n", "y z", "", "ä"]
    rows = [["".join(rng.choices(pieces, k=rng.randrange(5))) for _ in range(3)] for _ in range(30)]
    written = io.StringIO()
    form = csv.writer(written, delimiter=";", lineterminator="\n")
    if seed % 2:
        form = csv.writer(written, delimiter=";", lineterminator="\n", quoting=csv.QUOTE_ALL)
    form.writerows(rows)
    expected = [[value.strip(" ") or None for value in row] for row in rows if any(row)]
    found = [values for _, _, problem, values in split(written.getvalue()) if not problem and any(values)]
    assert found == [row for row in expected if any(row)]


@pytest.mark.parametrize("seed", range(10))
def test_every_line_of_any_text_is_in_exactly_one_record_or_blank(seed: int) -> None:
    rng = random.Random(seed)
    text = "".join(rng.choices(["x", "x", ";", ";", '"', "\n", "\n", '";"'], k=200))
    seen = [line for first, last, _, _ in split(text) for line in range(first, last + 1)]
    assert len(seen) == len(set(seen))
    missing = {number: line for number, line in enumerate(text.split("\n"), 1) if number not in set(seen)}
    assert all(not line.strip(" ;") for line in missing.values()), missing
