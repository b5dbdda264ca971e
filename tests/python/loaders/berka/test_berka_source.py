"""`tieout import berka`: malformed lines and wrong source files."""

from __future__ import annotations

from pathlib import Path

import pytest

from loaders.contract import load_contract
from tests.python.loaders.berka.conftest import FILES, ImportBank, append
from tests.python.loaders.conftest import InboxReader

pytestmark = pytest.mark.extended


@pytest.mark.parametrize(
    ("name", "line", "reason", "entity", "day", "number"),
    [
        ("trans", '19;10;930331;"PRIJE', "unclosed quote", "transactions", "1993-03-02", 20),
        ("trans", "19;10;930331\r\n", "expected 10 fields, found 3", "transactions", "1993-03-02", 20),
        (
            "trans",
            '19;10;930331;"A";"B";1.00;1.00;"";;;\r\n',
            "expected 10 fields, found 11",
            "transactions",
            "1993-03-02",
            20,
        ),
        ("client", '6;"5001"01";2\r\n', "unclosed quote", "customers", "1993-08-01", 7),
        ("client", '6;"50"01"01";2\r\n', "misplaced quote", "customers", "1993-08-01", 7),
        ("account", '"40;1\r\n', "unclosed quote", "accounts", "1993-02-20", 5),
        ("disp", "6;1\r\n", "2 fields instead of 4", "accounts", "1993-02-20", 7),
        ("district", "3;x\r\n", "2 fields instead of 16", "customers", "1993-08-01", 4),
        ("card", "8\r\n", "1 field instead of 4", "customers", "1993-08-01", 9),
        ("loan", "506;1,2\r\n", "2 fields instead of 7", "loans", "1993-03-18", 7),
    ],
)
def test_a_malformed_line_is_delivered_unchanged_at_the_end(
    source: Path,
    berka_inbox: InboxReader,
    import_bank: ImportBank,
    name: str,
    line: str,
    reason: str,
    entity: str,
    day: str,
    number: int,
) -> None:
    assert import_bank().code == 0
    whole = {file: file.read_bytes() for file in berka_inbox.files()}
    for file in whole:
        file.unlink()
    append(source, name, line)
    outcome = import_bank()
    assert outcome.code == 0
    target = berka_inbox.root / day / "banking" / f"{entity}.csv"
    assert f"{name}.asc line {number} is malformed ({reason})" in outcome.err
    assert str(target) in outcome.err
    whole[target] += line.rstrip("\r\n").encode() + b"\n"
    assert {file: file.read_bytes() for file in berka_inbox.files()} == whole


def test_malformed_lines_keep_their_order(source: Path, berka_inbox: InboxReader, import_bank: ImportBank) -> None:
    file = source / "trans.asc"
    lines = file.read_bytes().split(b"\r\n")
    file.write_bytes(b"\r\n".join([*lines[:3], b'"A', *lines[3:5], b"", b"B;", *lines[5:]]))
    outcome = import_bank()
    assert "trans.asc line 4 is malformed" in outcome.err
    assert "trans.asc line 8 is malformed" in outcome.err
    assert "18 transactions; malformed lines: 2." in outcome.out
    with_rows = [file for file in berka_inbox.files("transactions") if file.read_bytes().count(b"\n") > 1]
    assert with_rows[-1].read_bytes().endswith(b'\n"A\nB;\n')


def test_a_malformed_line_that_looks_like_a_delivered_row_is_refused(
    source: Path, berka_inbox: InboxReader, import_bank: ImportBank
) -> None:
    width = len(load_contract().entity("banking", "transactions").delivered_columns)
    append(source, "trans", "19" + "," * (width - 1) + "\r\n")
    outcome = import_bank()
    assert outcome.code == 1
    assert "but landing would accept it as a row of transactions" in outcome.err
    assert berka_inbox.files() == []


def test_quoted_semicolons_and_doubled_quotes_are_not_malformed(
    source: Path, berka_inbox: InboxReader, import_bank: ImportBank
) -> None:
    append(source, "district", '9;"A;B ""C""";"D, E"' + ";1" * 13 + "\r\n")
    assert import_bank().code == 0
    account = next(row for row in berka_inbox.rows("accounts") if row["account_id"] == "30")
    assert account["branch"] == 'A;B "C"'
    assert {row["state"] for row in berka_inbox.rows("customers") if row["customer_id"] == "4"} == {"D, E"}


def test_error_if_no_row_has_a_valid_date(source: Path, import_bank: ImportBank) -> None:
    for name in FILES:
        header = (source / f"{name}.asc").read_bytes().split(b"\r\n")[0]
        (source / f"{name}.asc").write_bytes(header + b"\r\n")
    append(source, "trans", "malformed\r\n")
    outcome = import_bank()
    assert outcome.code == 1
    assert "No row of the Berka files has a valid date" in outcome.err


@pytest.mark.parametrize("name", list(FILES))
def test_error_if_a_file_is_missing(source: Path, import_bank: ImportBank, name: str) -> None:
    (source / f"{name}.asc").unlink()
    outcome = import_bank()
    assert outcome.code == 1
    assert f"lacks {name}.asc" in outcome.err


def test_errors_of_folder_header_and_encoding(
    source: Path, berka_inbox: InboxReader, import_bank: ImportBank, tmp_path: Path
) -> None:
    assert "is not a folder" in import_bank(folder=tmp_path / "nowhere").err
    good = (source / "loan.asc").read_bytes()
    for content, words in (
        (good.replace(b'"duration"', b'"months"'), "has the header 'loan_id;account_id;date;amount;months"),
        (b"", "has the header '' instead of 'loan_id"),
        (good + b"\xff\r\n", "is not UTF-8 (byte"),
    ):
        (source / "loan.asc").write_bytes(content)
        outcome = import_bank()
        assert (outcome.code, words in outcome.err) == (1, True), outcome.err
    assert import_bank("--by", "year").code == 2
    assert berka_inbox.files() == []
