"""Malformed lines are set aside with their line number and reason, and all other lines land."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pytest

from loaders.landing import reader, splitter, staging
from tests.python.conftest import BronzeFolder, InboxFolder
from tests.python.loaders.notes import (
    DAY,
    FILE,
    HEADER,
    LANDED,
    land_text,
    landed,
    malformed,
    run,
)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("1,a", "expected 3 fields, found 2"),
        ("1", "expected 3 fields, found 1"),
        ("1,a,2,3", "expected 3 fields, found 4"),
        ('1,"a,b",2,"3"', "expected 3 fields, found 4"),
        ('1,"a" b,2', "text after a closing quote"),
        ('1,a "b" c,2', "quote inside an unquoted value"),
        ('1,"a,2', "unclosed quote"),
        ('1,a",2', "unclosed quote"),
        (b"1,\xff\xfe,2", "invalid UTF-8"),
        (b'1,"\xe9,2', "invalid UTF-8"),
        ("   ", "expected 3 fields, found 1"),
        ("1," + "x" * 15_977 + ",2", "record longer than 16,000 bytes"),
        ("1," + "é" * 7_989 + ",2", "record longer than 16,000 bytes"),
        ('1,"' + "x" * 15_976 + '""",2', "record longer than 16,000 bytes"),
        ("1," + "x" * 1_100_000 + ",2", "record longer than 16,000 bytes"),
    ],
)
def test_a_malformed_line_is_set_aside_and_all_other_lines_land(
    inbox: InboxFolder, bronze: BronzeFolder, line: str | bytes, reason: str
) -> None:
    delivered = line.encode() if isinstance(line, str) else line
    result = land_text(inbox, bronze, b"0,before,1\n" + delivered + b'\n2,"after\nwards",2\n3,end,3\n')
    raw = delivered.decode("utf-8", "replace")[:4_000]
    assert malformed(bronze) == [("3", reason, raw)]
    assert [row[0] for row in landed(bronze)] == ["2", "4", "6"]
    assert (result.landed_rows, result.malformed_rows) == (3, 1)
    manifest = bronze.control("deliveries")[0]
    assert (manifest["delivered_rows"], manifest["landed_rows"], manifest["malformed_rows"]) == ("4", "3", "1")
    assert bronze.control("malformed_lines")[0]["bronze_file"] == LANDED
    assert bronze.control("control_totals")[0]["total_amount"] == "6.00"


def test_values_and_records_at_the_limit_land(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    value = "x" * 15_976
    result = land_text(inbox, bronze, f'1,{value},2\n"2","{value}",3\n3,"{value[:-1]}\n",3\n')
    assert [len(row[2]) for row in landed(bronze)] == [15_976] * 3
    assert result.malformed_rows == 0


def test_a_stray_quote_rejects_only_its_own_line(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    lines = [f"{number},x,1" for number in range(3_000)]
    lines[10] = '10,"stray,1'
    lines[20] = '20,"stray too,1'
    lines[1_500] = '1500,"two\nlines",1'
    result = land_text(inbox, bronze, "\n".join(lines))
    assert [entry[:2] for entry in malformed(bronze)] == [("12", "unclosed quote"), ("22", "unclosed quote")]
    assert result.landed_rows == 2_998
    assert landed(bronze)[-1] == ["3002", "2999", "x", "1"]


def test_a_value_has_at_most_a_thousand_line_breaks(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    result = land_text(inbox, bronze, '1,"' + "\n" * 1_000 + '",1\n')
    assert (result.landed_rows, result.malformed_rows) == (1, 0)
    inbox.put(f"{DAY}/banking/notes.2.csv", HEADER + '1,"' + "\n" * 1_001 + '",1\n')
    result = run(inbox, bronze)
    assert (result.landed_rows, result.malformed_rows) == (0, 1)
    assert [entry[:2] for entry in malformed(bronze)] == [("2", "record of more than 1,000 lines")]


@pytest.mark.parametrize("piece_bytes", [64, 40_000, reader.PIECE_BYTES])
@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ('x\n9,forged,"666"\n', None),
        ("x\n9,forged,666\n" + "\n" * 1_000, "record of more than 1,000 lines"),
        ("x" * 16_000 + "\n9,forged,666\n", "record longer than 16,000 bytes"),
        ("x\n9,forged,666\n" * 3_000, "record longer than 16,000 bytes"),
        ("x" * 1_500_000 + "\n9,forged,666\n", "record longer than 16,000 bytes"),
        ('x""' * 100_000 + "\n9,forged,666\n", "record longer than 16,000 bytes"),
        (b"x\n9,forged,666\n\xff", "invalid UTF-8"),
    ],
)
def test_lines_inside_a_value_are_never_records(
    inbox: InboxFolder,
    bronze: BronzeFolder,
    monkeypatch: pytest.MonkeyPatch,
    value: str | bytes,
    reason: str | None,
    piece_bytes: int,
) -> None:
    """Anyone who can write into a text field must not be able to forge a transaction with a text that is too long."""
    monkeypatch.setattr(reader, "PIECE_BYTES", piece_bytes)
    text = value.replace('"666"', '""666""').encode() if isinstance(value, str) else value
    land_text(inbox, bronze, b'1,a,1\n2,"' + text + b'",2\n3,c,3\n')
    assert [row[1] for row in landed(bronze)] == (["1", "3"] if reason else ["1", "2", "3"])
    assert [entry[:2] for entry in malformed(bronze)] == ([("3", reason)] if reason else [])


def test_values_that_span_pieces_are_joined(
    inbox: InboxFolder, bronze: BronzeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "PIECE_BYTES", 64)
    monkeypatch.setattr(reader, "_COMPRESSED_BYTES", 16)
    rows = [[str(number), f'a"{number}\n, é' * (number % 7), "1.10"] for number in range(200)]
    path = inbox.put(FILE, HEADER)
    with path.open("a", newline="") as file:
        csv.writer(file).writerows(rows)
    inbox.put(FILE + ".gz", gzip.compress(path.read_bytes()))
    result = run(inbox, bronze)
    assert [row[1:] for row in landed(bronze)] == [[value.replace("\n", " ") for value in row] for row in rows]
    assert (
        gzip.decompress((bronze.path / LANDED.replace("notes.csv", "notes_0002.csv.gz")).read_bytes())
        == (bronze.path / LANDED).read_bytes()
    )
    assert result.malformed_rows == 0
    assert {row["total_amount"] for row in bronze.control("control_totals")} == {"220.00"}


def test_the_size_of_the_pieces_does_not_change_the_result(
    inbox: InboxFolder, bronze: BronzeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = (
        b'1,a,1\n2,"b,2\n3,c\n\n4,"x\r\ny",4\n5,\xff,5\n6,"'
        + b"z\n" * 40
        + b'",6\n7,"a\n'
        + b"8,b,8\r\n" * 50
        + b'9,"q""",9'
    )
    land_text(inbox, bronze, body)
    for size in (40, 97, 256):
        other = BronzeFolder(tmp_path / f"bronze-{size}")
        monkeypatch.setattr(reader, "PIECE_BYTES", size)
        run(inbox, other)
        assert other.files() == bronze.files()


def test_a_very_long_line_is_never_held_in_memory(
    inbox: InboxFolder, bronze: BronzeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "PIECE_BYTES", 256 * 1024)
    longest = 0
    original = splitter.split_text

    def watched(text: bytes, *arguments: object) -> splitter.SplitText:
        nonlocal longest
        longest = max(longest, len(text))
        return original(text, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(staging, "split_text", watched)
    result = land_text(inbox, bronze, b'1,"' + "é".encode() * 5_000_000 + b"\n2,b,2\n")
    assert [entry[:2] for entry in malformed(bronze)] == [("2", "record longer than 16,000 bytes")]
    assert (result.landed_rows, longest < 4 * 1024 * 1024) == (1, True)


def test_control_files_have_one_record_per_line(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    land_text(inbox, bronze, '1,a\0"b",c,d,"\n' + "x" * 5_000 + "\n")
    path = next(bronze.path.glob("control/malformed_lines/*/*.csv"))
    assert path.read_text().count("\n") == 3
    assert [entry[2] for entry in malformed(bronze)] == ['1,a "b",c,d,"', "x" * 4_000]


def test_a_second_header_is_no_row(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    """Two exports in one file: the second header would be a row of texts."""
    land_text(inbox, bronze, "1,a,1\n" + HEADER + "2,b,2\n" + HEADER.replace("\n", "x\n"))
    assert landed(bronze) == [["2", "1", "a", "1"], ["4", "2", "b", "2"], ["5", "id", "note", "amountx"]]
    assert malformed(bronze) == [("3", "the header once more", HEADER.strip())]
