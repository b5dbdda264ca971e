"""Spreadsheets: values are exact, every row arrives or is set aside, and what could do harm is refused."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from loaders.errors import TieoutError
from loaders.spreadsheets.cells import texts_of
from loaders.spreadsheets.process import read
from loaders.spreadsheets.scan import Problem, problems_of
from tests.python.loaders.conftest import read_rows
from tests.python.loaders.table_import.books import ERROR, MAIN, SHEET, UNCALCULATED, Raw, book
from tests.python.loaders.table_import.conftest import MAPPING, Desk

pytestmark = pytest.mark.extended

HEADER = ["Nr", "Tag", "Zweck", "Betrag"]
# The mapping of the desk, for a sheet: its cells have dates and numbers instead of texts.
OF_SHEET = {"dates": "", "table": "table: {skip_before: {until: ^Nr}}"}


def sheet(desk: Desk, content: bytes, name: str = "export.xlsx") -> Path:
    path = desk.folder / name
    path.write_bytes(content)
    return path


def test_a_sheet_is_imported_like_a_text(desk: Desk) -> None:
    rows = [
        ["Kontoauszug", None, None, None],
        ["Anfangssaldo", 100],
        [],
        HEADER,
        [1, date(2025, 1, 2), 'Brot\n"frisch"\tund warm', -12.5],
        ["002", datetime(2025, 1, 3, 9, 30), None, 0.1 + 0.2],
        [3, "5. Januar", "Miete", -1],
        [4.0, date(2025, 1, 6), True, "1.200,00"],
        ["Summe", None, None, 1187.8],
        ["Endsaldo", 1286.8],
    ]
    mapping = desk.mapping(
        **OF_SHEET | {"table": "table: {sheet: Umsätze, skip_before: {until: ^Nr}, skip_after: {from: ^Summe}}"},
        states=r"states: {opening_balance: '^Anfangssaldo\t(.*)', closing_balance: '^Endsaldo\t(.*)'}",
    )
    export = sheet(desk, book({"Umsätze": rows, "Hilfe": [["x"]]}, merged=["A1:D1"], hidden=["Hilfe"]))
    outcome = desk.run(mapping=mapping, export=export)
    assert outcome.code == 0, outcome.err
    assert "Rows:    4 read = 3 delivered + 1 set aside." in outcome.out
    (delivery,) = desk.deliveries()
    columns = ("transaction_id", "transaction_ts", "category", "transaction_type", "amount")
    delivered = [tuple(row[column] for column in columns) for row in read_rows(delivery)]
    assert delivered[:3] == [
        ("1", "2025-01-02", 'Brot "frisch" und warm', "Payment", "12.5"),
        ("002", "2025-01-03 09:30:00", "", "Deposit", "0.3"),
        ("4", "2025-01-06", "TRUE", "Deposit", "1200.00"),
    ]
    (reject,) = desk.rejects()
    assert (reject["original_file"], reject["original_line"]) == ("export.xlsx sheet 'Umsätze'", "7")
    assert "transaction_ts: '5. Januar' is no date" in reject["reason"]
    assert "export.xlsx sheet 'Umsätze' row 7: transaction_ts" in delivery.read_text(encoding="utf-8")
    assert [row["original_line"] for row in read_rows(desk.kept("lines.csv")[0])] == ["5", "6", "8", "7"]
    assert json.loads(desk.kept("import.json")[0].read_text("utf-8"))["original"]["sheet"] == "Umsätze"
    assert desk.kept("export.xlsx")[0].read_bytes() == export.read_bytes()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1 + 0.2, "0.3"),
        (-12.5, "-12.5"),
        (1234.0, "1234"),
        (12_300_000_000.0, "12300000000"),
        (123_456_789_012_345.0, "123456789012345"),
        (9_999_999_999_999.99, "9999999999999.99"),
        (0.000_000_1, "0.0000001"),
        (1e15, "1000000000000000"),
        (7, "7"),
        (True, "TRUE"),
        ("00123", "00123"),
        ("1234567890123456789", "1234567890123456789"),
        ("a\tb\r\nc\0", "a b  c "),
        (date(2025, 1, 2), "2025-01-02"),
        (datetime(2025, 1, 2, 3, 4, 5), "2025-01-02 03:04:05"),
        (time(3, 4), "03:04:00"),
        (timedelta(hours=36, seconds=1.5), "36:00:01.500"),
    ],
)
def test_values_are_exact(value: Any, text: str) -> None:
    wrong: list[tuple[int, str]] = []
    assert texts_of([value], ".", wrong) == [text]
    # The same beside other kinds of values, and with another decimal mark.
    mixed = texts_of(["x.y", value, 1.5, 2e14], ",", wrong)
    assert mixed == ["x.y", text.replace(".", ",") if isinstance(value, float) else text, "1,5", "200000000000000"]
    assert wrong == []


@pytest.mark.parametrize("value", [1234567890123456.0, 12345678901234.56, -98765432109876540.0])
def test_a_number_that_15_digits_do_not_hold_is_told(value: float) -> None:
    wrong: list[tuple[int, str]] = []
    texts_of(["x", value], ".", wrong)
    assert wrong == [(1, "has a number of more than 15 digits, which a spreadsheet does not keep")]


def test_rows_with_cells_that_cannot_be_read_are_set_aside(desk: Desk) -> None:
    day = date(2025, 1, 2)
    rows = [
        HEADER,
        ["a", day, "x", -1],
        ["b", day, ERROR, -1],
        ["c", day, UNCALCULATED, -1],
        ["d", day, Raw(' t="str"><f>IF(1,"","")</f><v></v>'), -1],
        ["e", day, Raw("><f>1+1</f><v>2</v>"), -1],
        [1234567890123456, day, "x", -1],
        ["f", day, "x", -1],
        ["g", None, "x", -1],
        ["h", day, 't="e"', -1],
        ["i", day, "x", -1, None, "beside the table"],
    ]
    content = book({"A": rows}, merged=["B8:B9", "C8:C9", "A1:D1"])
    outcome = desk.run(mapping=desk.mapping(**OF_SHEET), export=sheet(desk, content))
    assert outcome.code == 0, outcome.err
    assert desk.reasons() == {
        3: "the cell C3 has the error #REF!",
        4: "the cell C4 has a formula that was never calculated",
        7: "the cell A7 has a number of more than 15 digits, which a spreadsheet does not keep",
        8: "the cells B8:B9 are merged into one",
        9: "the cells B8:B9 are merged into one",
        11: "expected 4 fields, found 6",
    }
    assert "10 read = 4 delivered + 6 set aside" in outcome.out


def test_the_sheet_is_chosen_by_name_or_number_or_is_the_only_one(desk: Desk) -> None:
    table = [HEADER, [1, date(2025, 1, 2), "x", -1]]
    one = sheet(desk, book({"Data": table, "Old": [["x"]]}, hidden=["Old"]), "one.xlsx")
    several = sheet(desk, book({"Notes": [["x"]], "2": table, "Data": table}, hidden=["Data"]), "several.xlsx")
    plain = MAPPING.replace("dates: {", "# ")
    without_header = "{sheet: Data, skip_before: 1, header: false, names: [Nr, Tag, Zweck, Betrag, Notiz]}"
    for export, chosen in (
        (one, "{}"),
        (several, "{sheet: 2}"),
        (several, "{sheet: 3}"),
        (several, "{sheet: Data}"),
        (several, without_header),
    ):
        mapping = desk.mapping(plain, table=f"table: {chosen}", name=f"name: m{len(desk.deliveries())}")
        assert desk.run(mapping=mapping, export=export).code == 0
    assert len({path.read_bytes() for path in desk.deliveries()}) == 1
    assert len(desk.deliveries()) == 5
    for export, chosen, sentence in (
        (
            several,
            "{}",
            "several.xlsx has several sheets, or only hidden ones: Notes, 2, Data (hidden). Name one with ",
        ),
        (several, "{sheet: Dat}", "several.xlsx has no sheet 'Dat' (bank.yml line 3). Did you mean Data?"),
        (desk.export(), "{sheet: Data}", "export.csv is no spreadsheet, but the mapping names a sheet (bank.yml line"),
        (one, "{sheet: Data, delimiter: ;}", "line 3: table: a sheet has cells, so delimiter and quote mean nothing."),
    ):
        outcome = desk.run(mapping=desk.mapping(plain, table=f"table: {chosen}"), export=export)
        assert (outcome.code, sentence in desk.told(outcome)) == (1, True), outcome.err


def test_all_numbers_of_a_sheet_have_one_decimal_mark(desk: Desk) -> None:
    """Else 1.234 in a cell could be read as 1234."""
    export = sheet(desk, book({"A": [HEADER, [1, date(2025, 1, 2), "x", 1.234]]}))
    mapping = desk.mapping(**OF_SHEET | {"money": 'money: {column: Betrag, numbers: {decimal: ".", grouping: ","}}'})
    assert "bank.yml line 6: " in (told := desk.told(desk.run(mapping=mapping, export=export)))
    assert "in which all numbers have the decimal mark of numbers at the top of the mapping. Remove decimal" in told
    outcome = desk.run("--check", mapping=desk.mapping(**OF_SHEET), export=export)
    assert "1.234" in outcome.out


def test_a_mapping_is_proposed_for_a_sheet(desk: Desk) -> None:
    table = [["Statement"], [], HEADER, [1, date(2025, 1, 2), "x", -1.5], [2, date(2025, 1, 3), "y", 7], [], ["Total"]]
    export = sheet(desk, book({"Notes": [["x", "y"], ["1", "2"]], "Data": table}), "book_20250110.xlsx")
    proposed = desk.tieout("import", "table", "--propose", export, "--sheet", "Data")
    assert "  sheet: Data  # unsure: there are also: Notes\n  skip_before: 2\n  skip_after: 2  # unsure" in proposed.out
    mapping = desk.mapping(proposed.out.replace("CHANGE-ME", "EUR"))
    outcome = desk.run("--check", mapping=mapping, export=export)
    assert outcome.code == 0, outcome.err + proposed.out
    assert "sheet 'Data': rows 4 to 5 are the table." in outcome.out
    assert "  sheet: Notes" in desk.tieout("import", "table", "--propose", export).out
    assert (
        "has no sheet 'Dta'. Did you mean Data?"
        in desk.tieout("import", "table", "--propose", export, "--sheet", "Dta").err
    )


def entity(declared: str) -> bytes:
    text = f'<!DOCTYPE w [{declared}]><worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>'
    return book({"A": [["x"]]}, parts={SHEET: f"{text}&x;</t></is></c></row></sheetData></worksheet>"})


def archive(name: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        made.writestr(name, "x")
    return target.getvalue()


def lying() -> bytes:
    """Return a book with a part that is ten megabytes instead of one byte, as its archive states."""
    content = book({"A": [["x"]]}, parts={"xl/sharedStrings.xml": b" " * 10_000_000})
    size = (10_000_000).to_bytes(4, "little")
    return content.replace(size, (1).to_bytes(4, "little"))


GOOD = book({"A": [["x"]]})
LAUGHS = '<!ENTITY l0 "ha">' + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
HOSTILE = {
    "bomb": (entity(f'{LAUGHS}<!ENTITY x "&l9;">'), "has a document type (DOCTYPE) in xl/worksheets/sheet1.xml, by wh"),
    "external": (entity('<!ENTITY x SYSTEM "file:///etc/passwd">'), "has a document type (DOCTYPE)"),
    "parameter": (entity('<!ENTITY % x SYSTEM "http://localhost:9/x">%x;'), "has a document type (DOCTYPE)"),
    "undefined": (book({"A": [[Raw("><v>&x;</v>")]]}), "is no XML: undefined entity"),
    "encoding": (book({"A": [["x"]]}, parts={SHEET: "<a>ä</a>".encode("utf-16")}), "export.xlsx"),
    "lying": (lying(), "bytes instead of 1), so it was not opened"),
    "many parts": (book({"A": [["x"]]}, parts={f"xl/{n}": "" for n in range(10_001)}), "has 10,006 parts, too many"),
    "long": (book({"A": [[], [None, "x" * 32_768]]}), "sheet 'A' has a cell that is longer than a spreadsheet program"),
    "no address": (
        book(
            {"A": [["x"]]},
            parts={
                SHEET: f'<worksheet xmlns="{MAIN}"><sheetData><row><c t="e"><v>#N/A</v>'
                "</c></row></sheetData></worksheet>"
            },
        ),
        "a cell has the error #N/A, and the file does not say where",
    ),
    "text": (book({"A": [[Raw(' t="s"><v>99</v>')]]}), "cannot be read: "),
    "cut": (GOOD[: len(GOOD) // 2], "is damaged: File is not a zip file. Fetch it again"),
    "binary": (archive("xl/workbook.bin"), "is a binary spreadsheet (.xlsb), which cannot be read. Save it as .xlsx."),
    "ods": (archive("mimetype"), "is a spreadsheet or document of OpenDocument (.ods), which cannot be read. Save it"),
    "zip": (archive("data.csv"), "is a zip archive without a spreadsheet. Unpack it and import the file inside."),
    "sheets": (book({"A": [["x"]]}, parts={"xl/_rels/workbook.xml.rels": "<a/>"}), "has no sheet with cells."),
}


def test_a_row_of_any_length_is_looked_at_as_a_whole() -> None:
    cells = "".join(f'<c r="A1"><v>{number}</v></c>' for number in range(200))
    xml = f'<sheetData><row r="1">{cells}<c r="B1" t="e"><v>#N/A</v></c>{cells}'.encode()
    for size in (7, 50, 333, len(xml)):
        pieces = [xml[at : at + size] for at in range(0, len(xml), size)]
        assert list(problems_of(pieces)) == [Problem(1, 1, "the cell B1 has the error #N/A")]


@pytest.mark.parametrize("name", HOSTILE)
def test_what_no_spreadsheet_program_writes_is_refused(tmp_path: Path, name: str) -> None:
    content, sentence = HOSTILE[name]
    path = tmp_path / "export.xlsx"
    path.write_bytes(content)
    if name == "sheets":
        assert read(path, tmp_path, "", ".")["sheets"] == []
        return
    with pytest.raises(TieoutError) as refused:
        read(path, tmp_path, "", ".")
    assert str(refused.value).startswith(str(path))
    assert sentence in str(refused.value)


def test_a_sheet_that_needs_more_memory_than_there_is_ends_in_a_sentence(desk: Desk) -> None:
    far = f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="1048576">'
    far += '<c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    export = sheet(desk, book({"A": [["x"]]}, parts={SHEET: far}))
    outcome = desk.run(mapping=desk.mapping(**OF_SHEET), export=export)
    assert "export.xlsx cannot be read: it is damaged, or needs more than 4 GB of memory" in outcome.err
    assert not list(desk.inbox.rglob(".staging-*"))


def test_more_than_the_most_bytes_are_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loaders.spreadsheets.archive.MOST_BYTES", 100_000)
    path = tmp_path / "export.xlsx"
    path.write_bytes(book({"A": [["x" * 30_000] * 5]}))
    with pytest.raises(TieoutError, match="of data when it is unpacked, so it was not opened"):
        read(path, tmp_path, "", ".")
