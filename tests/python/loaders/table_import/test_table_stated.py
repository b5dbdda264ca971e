"""`tieout import table`: what a file says about itself, and the days on which its rows arrive."""

from __future__ import annotations

import pytest

from tests.python.loaders.conftest import read_rows
from tests.python.loaders.table_import.conftest import AROUND, HEAD, STATED, STATES, Desk

pytestmark = pytest.mark.extended


def test_a_file_holds_what_it_says_about_itself(desk: Desk) -> None:
    outcome = desk.run(mapping=desk.mapping(table=AROUND, revision=STATES), export=desk.export(STATED))
    assert outcome.code == 0, outcome.err
    assert [line.split(":")[1].strip() for line in outcome.out.splitlines() if "Stated" in line] == [
        "rows 2, as the file says.",
        "total 1187.50, as the file says.",
        "closing balance 1287.50, as the file says.",
    ]


@pytest.mark.parametrize(
    ("right", "wrong", "sentence"),
    [
        ("Zeilen: 2", "Zeilen: 3", "says rows 3, but its rows give 2: a difference of 1. Nothing was written."),
        ("1.187,50", "1.187,51", "says total 1187.51, but its rows give 1187.50: a difference of 0.01."),
        ("Ende: 1.2", "Ende: 1.3", "says closing balance 1387.50, but its rows give 1287.50"),
        ("Brot;-12,50", "Brot;kaputt", "a difference of -12.50. 1 rows have no amount that can be read."),
        (
            "Summe: 1",
            "Total: 1",
            "has no line before or after the table with the pattern of states.total (bank.yml",
        ),
        ("Summe: 1.187,50", "Summe: viel", "line 6: 'viel' of states.total is no number in the form 1.234,56"),
    ],
)
def test_a_file_that_does_not_hold_what_it_says_is_refused_whole(
    desk: Desk, right: str, wrong: str, sentence: str
) -> None:
    assert sentence in desk.refusal(STATED.replace(right, wrong), table=AROUND, revision=STATES)


def test_the_arrival_day_is_in_the_name(desk: Desk) -> None:
    files = "files: {pattern: 'x-*', arrival_day: {in_name: 'x-([0-9.]+)[.]csv', format: '%d.%m.%Y'}}"
    mapping = desk.mapping(files=files)
    assert desk.run(mapping=mapping, export=desk.export(name="x-31.12.2024.csv")).code == 0
    assert [path.parts[-3] for path in desk.deliveries()] == ["2024-12-31"]
    assert "has no day in its name by the pattern" in desk.run(mapping=mapping, export=desk.export(name="x-1.csv")).err
    assert "does not have the name 'x-*' of the files of this mapping (bank.yml line 2)" in desk.run(
        mapping=mapping, export=desk.export(name="y.csv")
    ).err.replace(f"{desk.folder}/", "")
    assert desk.run("--arrived-on", "2025-02-01", mapping=mapping, export=desk.export(name="x-1.csv")).code == 0


def test_the_arrival_day_is_in_a_column_and_days_without_rows_have_a_file(desk: Desk) -> None:
    export = f"{HEAD}1;02.01.2025;a;1,00\n2;04.01.2025;b;1,00\n3;x;c;1,00\n4;02.01.2025;d;1,00\n"
    rows = desk.imported(export, files="files: {arrival_day: {column: Tag}}")
    assert [row["transaction_id"] for row in rows] == ["1", "4", "2"]
    assert {path.parts[-3]: len(path.read_text().splitlines()) for path in desk.deliveries()} == {
        "2025-01-02": 3,
        "2025-01-03": 1,
        "2025-01-04": 3,
    }
    assert "is no day in a form of dates.formats" in desk.reasons()[4]
    (trace,) = desk.kept("lines.csv")
    assert [(row["original_line"], row["delivered_file"][:10], row["delivered_line"]) for row in read_rows(trace)] == [
        ("2", "2025-01-02", "2"),
        ("5", "2025-01-02", "3"),
        ("3", "2025-01-04", "2"),
        ("4", "2025-01-04", "3"),
    ]


def test_days_that_are_ten_years_apart_are_dates_read_wrongly(desk: Desk) -> None:
    told = desk.refusal(
        f"{HEAD}1;02.01.2005;a;1,00\n2;04.01.2025;b;1,00\n", files="files: {arrival_day: {column: Tag}}"
    )
    assert "has arrival days from 2005-01-02 to 2025-01-04, which are more than ten years" in told
