"""`tieout import table`: deliveries, lines that are set aside, originals, proofs."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from decimal import Decimal
from pathlib import Path

import pytest

from loaders.land import land
from tests.python.loaders.conftest import read_rows
from tests.python.loaders.table_import.conftest import AROUND, EXPORT, HEAD, STATED, STATES, Desk

pytestmark = pytest.mark.extended

BAD = (
    f"{HEAD}1;02.01.2025;Brot für Jürgen;-12,50\n2;32.01.2025;Käse;-1,00\n3;02.01.2025;Öl;1.2,00\n"
    "4;02.01.2025;zu kurz\n5;02.01.2025;gut;7,00\n"
)


def test_an_export_becomes_a_delivery_and_landing_finds_nothing_strange(desk: Desk) -> None:
    desk.imported()
    (delivery,) = desk.deliveries()
    digest = hashlib.sha256(EXPORT.encode()).hexdigest()
    assert (
        delivery.relative_to(desk.inbox).as_posix() == f"2025-01-10/banking/transactions.bank-export-{digest[:8]}.csv"
    )
    assert delivery.read_text(encoding="utf-8").splitlines()[1:] == [
        "1,A1,Payment,12.50,EUR,2025-01-02,,Completed,,Brot,,,,,,,,",
        "2,A1,Deposit,1200.00,EUR,2025-01-03,,Completed,,Miete,,,,,,,,",
    ]
    landed = land(desk.inbox, desk.folder / "bronze")
    assert (landed.problems, landed.landed_rows, landed.malformed_rows) == ([], 2, 0)


def test_nothing_is_lost(desk: Desk) -> None:
    outcome = desk.run(
        mapping=desk.mapping(files="files: {arrival_day: {given: 2025-01-10}, encoding: windows-1252}"),
        export=desk.export(BAD, encoding="cp1252"),
    )
    assert outcome.code == 0
    assert "Rows:    5 read = 2 delivered + 3 set aside." in outcome.out
    assert (
        "amount 20.50 read = 19.50 delivered + 1.00 set aside (2 rows have no amount that can be read)." in outcome.out
    )
    assert [tuple(row.values())[1:] for row in desk.rejects()] == [
        ("3", "transaction_ts: '32.01.2025' is no date in the form %d.%m.%Y", "2;32.01.2025;Käse;-1,00"),
        ("4", "money: '1.2,00' is no number in the form 1.234,56", "3;02.01.2025;Öl;1.2,00"),
        ("5", "expected 4 fields, found 3", "4;02.01.2025;zu kurz"),
    ]
    landed = land(desk.inbox, desk.folder / "bronze")
    assert (landed.problems, landed.landed_rows, landed.malformed_rows) == ([], 2, 3)
    (malformed,) = (desk.folder / "bronze").glob("control/malformed_lines/*/*.csv")
    assert next(row["raw_line"] for row in read_rows(malformed)) == (
        "\"export.csv line 3: transaction_ts: '32.01.2025' is no date in the form %d.%m.%Y: 2;32.01.2025;Käse;-1,00\""
    )


def test_every_delivered_line_leads_to_its_original_line(desk: Desk) -> None:
    desk.imported(BAD)
    original = (desk.kept("export.csv")[0]).read_text(encoding="utf-8").splitlines()
    (trace,) = desk.kept("lines.csv")
    (delivery,) = desk.deliveries()
    delivered = delivery.read_text(encoding="utf-8").splitlines()
    pairs = [
        (original[int(row["original_line"]) - 1], delivered[int(row["delivered_line"]) - 1]) for row in read_rows(trace)
    ]
    assert len(pairs) == 5
    assert all(there.split(";")[2] in here for there, here in pairs)
    assert {row["delivered_file"] for row in read_rows(trace)} == {delivery.relative_to(desk.inbox).as_posix()}


def test_the_record_of_an_import_has_digests_and_sums(desk: Desk) -> None:
    desk.imported(BAD)
    record = json.loads(desk.kept("import.json")[0].read_text(encoding="utf-8"))
    (delivery,) = desk.deliveries()
    assert record["original"]["sha256"] == hashlib.sha256(BAD.encode()).hexdigest()
    assert record["deliveries"][0]["sha256"] == hashlib.sha256(delivery.read_bytes()).hexdigest()
    assert record["rows"] == {"read": 5, "delivered": 2, "set_aside": 3, "left_out": 0}
    amounts = record["amounts"][0]
    assert Decimal(amounts["read"]) == Decimal(amounts["delivered"]) + Decimal(amounts["set_aside"])


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_same_import_writes_the_same_bytes_and_nothing_twice(desk: Desk) -> None:
    desk.run()
    before = tree(desk.inbox)
    outcome = desk.run()
    assert "0 written, 1 were already there" in outcome.out
    assert tree(desk.inbox) == before
    assert {path.name for path in (desk.inbox / ".imports").iterdir()} == {"banking"}


def test_a_changed_mapping_needs_a_new_revision_which_lands_after_the_first(desk: Desk) -> None:
    desk.run()
    changed = "  category: {constant: y}"
    outcome = desk.run(mapping=desk.mapping(category=changed))
    assert outcome.code == 1
    assert (
        "exists already with other content, and deliveries never change. If the mapping has changed on purpose, set "
        in (outcome.err)
    )
    assert desk.run(mapping=desk.mapping(category=changed, revision="revision: 2")).code == 0
    landed = land(desk.inbox, desk.folder / "bronze")
    assert [staged.delivery.path.name.count(".2.") for staged in landed.landed] == [0, 1]


def test_codes_are_translated_or_set_aside(desk: Desk) -> None:
    export = f"{HEAD}1;01.01.2025;A;1,00\n2;01.01.2025;B;1,00\n3;01.01.2025;;1,00\n"
    codes = "  channel: {column: Zweck, codes: {A: ATM}, when_empty: Online}"
    rows = desk.imported(export, category=codes)
    assert [row["channel"] for row in rows] == ["ATM", "Online"]
    assert desk.reasons() == {3: "channel: 'B' is not among the codes"}
    rows = desk.imported(
        export, category=codes.replace("when_empty", "otherwise: Branch, when_empty"), name="name: another"
    )
    assert [row["channel"] for row in rows][:3] == ["ATM", "Branch", "Online"]


def test_rows_that_are_left_out_are_counted_with_their_money(desk: Desk) -> None:
    outcome = desk.run(mapping=desk.mapping(revision="leave_out: Zweck = 'Miete'"))
    assert "Rows:    2 read = 1 delivered + 0 set aside + 1 left out." in outcome.out
    assert "amount 1212.50 read = 12.50 delivered + 0.00 set aside + 1200.00 left out." in outcome.out
    assert (
        "leave_out is a varchar. Write a condition" in desk.run(mapping=desk.mapping(revision="leave_out: Zweck")).err
    )


@pytest.mark.parametrize(
    ("encoding", "end"),
    [
        ("utf-8", "\r\n"),
        ("utf-8-sig", "\n"),
        ("utf-16", "\r\n"),
        ("cp1252", "\r"),
        ("cp850", "\n"),
        ("iso8859-2", "\r\n"),
    ],
)
def test_encodings_and_line_ends(desk: Desk, encoding: str, end: str) -> None:
    files = (
        f"files: {{arrival_day: {{given: 2025-01-10}}, encoding: {'utf-8' if encoding == 'utf-8-sig' else encoding}}}"
    )
    rows = desk.imported(f"{HEAD}1;02.01.2025;Müßig;1,00".replace("\n", end), encoding=encoding, files=files)
    assert [row["category"] for row in rows] == ["Müßig"]


def test_bytes_that_are_no_text_set_aside_only_their_line(desk: Desk) -> None:
    export = desk.export()
    export.write_bytes(f"{HEAD}1;02.01.2025;gut;1,00\n2;02.01.2025;".encode() + b"M\xfcller;1,00\n")
    assert desk.run(export=export).code == 0
    assert desk.reasons() == {3: "bytes that are no text in utf-8"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"PK\x03\x04xl/workbook.xml", "is damaged: File is not a zip file. Fetch it again, or save the table as CSV"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            "is an old spreadsheet (.xls), or one with a password. Save it as .xlsx without a password",
        ),
        (gzip.compress(b"0" * 10_000_000), "is compressed. Unpack it and import the file inside."),
        (b"%PDF-1.7", "is a PDF. Ask the source"),
        (b"N\0r\0;\0", "has NUL characters, so it is no text in utf-8. Set files.encoding: utf-16"),
        (b"Nr;Tag;Zweck;Betrag\n1;" + b"x" * 2_100_000 + b"\n", "has a line of more than 2,000,000 bytes."),
        (b"", "line 1 is blank or missing, but the table should begin there."),
    ],
)
def test_what_is_no_export_is_refused(desk: Desk, content: bytes, sentence: str) -> None:
    export = desk.folder / "hostile.csv"
    export.write_bytes(content)
    outcome = desk.run(export=export)
    assert outcome.code == 1
    assert sentence in outcome.err
    assert desk.deliveries() == []
    assert list((desk.inbox / ".imports").iterdir()) == []


def test_an_export_without_rows_is_a_file_with_only_the_header(desk: Desk) -> None:
    assert desk.imported(HEAD) == []
    assert len(desk.deliveries()) == 1


def test_a_folder_is_imported_file_by_file_and_a_refused_one_does_not_stop_the_others(desk: Desk) -> None:
    folder = desk.folder / "exports"
    folder.mkdir()
    for name, text in (("a.csv", EXPORT), ("b.csv", "nothing"), ("c.csv", f"{HEAD}9;05.01.2025;x;1,00\n")):
        (folder / name).write_text(text, encoding="utf-8")
    outcome = desk.run(export=folder)
    assert outcome.code == 1
    assert outcome.err.count("tieout: ") == 1
    assert len(desk.deliveries()) == 2
    assert sorted(path.name for path in desk.inbox.glob(".imports/*/*/original/*")) == ["a.csv", "c.csv"]


def test_a_folder_leads_nowhere_else(desk: Desk) -> None:
    folder = desk.folder / "exports"
    folder.mkdir()
    (desk.folder / "secret.csv").write_text(EXPORT, encoding="utf-8")
    (folder / "link.csv").symlink_to(desk.folder / "secret.csv")
    (folder / ".hidden.csv").write_text(EXPORT, encoding="utf-8")
    assert "link.csv is a link, and a link can point to any file." in desk.run(export=folder).err
    files = "files: {arrival_day: {given: 2025-01-10}, pattern: '../*.csv'}"
    assert "has no file with the name '../*.csv'" in desk.run(mapping=desk.mapping(files=files), export=folder).err
    assert desk.deliveries() == []


def test_an_export_may_have_the_name_of_any_file_that_is_kept_with_it(desk: Desk) -> None:
    assert desk.run(export=desk.export(BAD, name="rejects.csv")).code == 0
    assert sorted(path.parent.name == "original" for path in desk.kept("rejects.csv")) == [False, True]


def test_a_line_break_that_an_expression_makes_is_no_line_of_the_delivery(desk: Desk) -> None:
    rows = desk.imported(category="  category: {sql: Zweck || chr(10) || 'x'}")
    assert [row["category"] for row in rows] == ["Brot x", "Miete x"]
    assert len(desk.deliveries()[0].read_text(encoding="utf-8").splitlines()) == 3


def test_an_encoding_that_cannot_replace_anything_and_an_inbox_that_cannot_be_written(desk: Desk) -> None:
    mapping = desk.mapping(files="files: {arrival_day: {given: 2025-01-10}, encoding: idna}")
    export = desk.export("Nr;Tag;Zweck;Betrag\n1;02.01.2025;Müll;1,00\n")
    assert "is no text in idna" in desk.run(mapping=mapping, export=export).err
    other = desk.folder / "other"
    other.mkdir()
    (other / ".imports").write_text("a file", encoding="utf-8")
    outcome = desk.tieout("import", "table", desk.mapping(), desk.export(), "--inbox", other)
    assert outcome.code == 1
    assert "export.csv was not imported: " in outcome.err
    assert "Correct this, or give another --inbox." in outcome.err


def test_a_path_that_the_engine_would_read_as_a_pattern_is_refused(desk: Desk) -> None:
    outcome = desk.tieout("import", "table", desk.mapping(), desk.export(), "--inbox", desk.folder / "in[1]")
    assert "has one of the characters * ? [. Give a folder without them." in outcome.err


def test_check_shows_everything_and_writes_nothing(desk: Desk) -> None:
    outcome = desk.run("--check", mapping=desk.mapping(), export=desk.export(BAD))
    assert outcome.code == 1
    for shown in (
        "5 rows: 2 mapped, 3 set aside, 0 left out.",
        "Brot für Jürgen",
        "by sign of money",
        "line 4: money: '1.2,00' is no number in the form 1.234,56",
        "    3;02.01.2025;Öl;1.2,00",
    ):
        assert shown in outcome.out
    assert not desk.inbox.exists()
    outcome = desk.run("--check", mapping=desk.mapping(table=AROUND, revision=STATES), export=desk.export(STATED))
    assert (outcome.code, outcome.out.count("and so do its rows.")) == (0, 3)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_of_two_exports_of_a_day_the_one_that_is_imported_later_lands_later(desk: Desk, order: tuple[int, ...]) -> None:
    """Their names begin alike, and the digests of their contents are in any order."""
    exports = [EXPORT.replace("Brot", word) for word in ("Brot", "Kuchen", "Wurst")]
    for number in order:
        # As a browser names a second download.
        desk.run(export=desk.export(exports[number], f"export{f' ({number})' if number else ''}.csv"))
    landed = land(desk.inbox, desk.folder / "bronze")
    rows = [read_rows(staged_file) for staged_file in sorted((desk.folder / "bronze").glob("banking/transactions/*/*"))]
    assert [of[0]["category"] for of in rows] == [("Brot", "Kuchen", "Wurst")[number] for number in order]
    assert len(landed.landed) == 3
    # Again they are the same deliveries.
    before = desk.deliveries()
    for number in order:
        assert (
            "0 written"
            in desk.run(export=desk.export(exports[number], f"export{f' ({number})' if number else ''}.csv")).out
        )
    assert desk.deliveries() == before
    assert len(desk.kept("lines.csv")) == 3


def test_a_name_that_is_no_text_is_refused(desk: Desk) -> None:
    """As `unzip` leaves the names of archives from Windows."""
    file = desk.folder / os.fsdecode(b"Ums\xe4tze.csv")
    file.write_text(EXPORT, encoding="utf-8")
    outcome = desk.run(export=file)
    assert outcome.code == 1
    assert "Ums\\udce4tze.csv is not UTF-8. Rename the file, then import it." in outcome.err
