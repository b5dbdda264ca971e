"""A trailer, the last line of a file, states how many rows it has and what they add up to."""

from __future__ import annotations

import gzip

import pytest

from loaders.landing import reader
from tests.python.conftest import BronzeFolder, InboxFolder
from tests.python.loaders.notes import FILE, HEADER, LANDED, landed, malformed, run
from tests.python.loaders.stated import TEXT, contract, deliveries

TRAILER = ("TRL", "rows", "amount")


@pytest.mark.parametrize("end", ["", "\n", "\r\n\r\n"])
@pytest.mark.parametrize("line", ["TRL,3,10.25", '"TRL","3","10.250"', "TRL, 3, +10.25, ,", "TRL,03,10.25,,,,"])
def test_a_trailer_is_compared_and_is_no_row(inbox: InboxFolder, bronze: BronzeFolder, line: str, end: str) -> None:
    inbox.put(FILE, TEXT.replace("\n", "\r\n") + line + end)
    result = run(inbox, bronze, contract("required", TRAILER))
    assert (result.problems, result.landed_rows, result.malformed_rows) == ([], 3, 0)
    (row,) = bronze.control("deliveries")
    assert (row["stated_by"], row["delivered_rows"]) == ("trailer", "3")
    assert row["stated"].startswith("trailer: rows 3, total amount ")
    assert [row[1] for row in landed(bronze)] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("1,a,1\nTRL,2,1\n", "its trailer states 2 rows, but it has 1; deliver the whole file under another name"),
        ("1,a,1\nTRL,1,2\n", "its trailer states the total 2 of amount, but it has 1.00; deliver"),
        ("1,a,1\nTRL,one,1\n", "its trailer, the last line, is not TRL,rows,amount with a number for each; have it"),
        ("1,a,1\nTRL,1\n", "its trailer, the last line, is not TRL,rows,amount with a number"),
        ("1,a,1\nTRL,1,1,x\n", "its trailer, the last line, is not TRL,rows,amount with a number"),
        ("1,a,1\nTRL,1.5,1\n", "its trailer, the last line, states no whole number of rows"),
        ("1,a,1\n2,b", "its last line is not the trailer TRL,rows,amount, which the contract requires, so it may be"),
        # Two exports in one file: the trailer states the second one only.
        (f"1,a,1\nTRL,1,1\n{HEADER}2,b,2\nTRL,1,2\n", "its trailer states 1 row, but it has 3"),
    ],
)
def test_a_file_without_the_right_trailer_is_refused(
    inbox: InboxFolder, bronze: BronzeFolder, body: str, reason: str
) -> None:
    inbox.put(FILE, HEADER + body)
    (problem,) = run(inbox, bronze, contract("required", TRAILER)).problems
    assert f"was refused, nothing of it landed: {reason}" in problem
    assert malformed(bronze) == []


def test_an_optional_trailer_may_be_missing(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    inbox.put(FILE, TEXT)
    assert run(inbox, bronze, contract("optional", TRAILER)).landed_rows == 3
    assert deliveries(bronze) == [("banking/notes.csv", "landed", "")]


def test_a_control_file_is_as_good_as_a_required_trailer(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    inbox.put(FILE, TEXT)
    inbox.put(FILE + ".ctl", "rows,3")
    assert run(inbox, bronze, contract("required", TRAILER)).landed_rows == 3


@pytest.mark.parametrize("compressed", [False, True])
def test_a_large_file_with_a_trailer_lands_whole(
    inbox: InboxFolder, bronze: BronzeFolder, monkeypatch: pytest.MonkeyPatch, compressed: bool
) -> None:
    monkeypatch.setattr(reader, "PIECE_BYTES", 1_000)
    rows = "".join(f"{number},{'x' * (number % 50)},1.10\n" for number in range(5_000))
    content = (HEADER + rows + "TRL,5000,5500.00\n").encode()
    inbox.put(FILE + ".gz" * compressed, gzip.compress(content) if compressed else content)
    assert run(inbox, bronze, contract("required", TRAILER)).landed_rows == 5_000
    path = bronze.path / (LANDED + ".gz" * compressed)
    text = gzip.decompress(path.read_bytes()) if compressed else path.read_bytes()
    assert text.count(b"\n") == 5_001
    assert b"TRL" not in text
