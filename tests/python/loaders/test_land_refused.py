"""Files that are refused as a whole, and files that landed before."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import time
from datetime import date

import pytest

from loaders.land import land
from tests.python.conftest import BronzeFolder, InboxFolder
from tests.python.loaders.notes import (
    DAY,
    FILE,
    HEADER,
    LANDED,
    land_text,
    malformed,
    new_column,
    run,
    small_contract,
)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (b"\n1,a,1\n", "line 1 is blank"),
        (b"id,note\n1,a\n", r"missing: amount\)"),
        (b"id,note,amount,extra\n", r"unexpected: field 4\)"),
        (b"id,note,amount,x,y\n", r"unexpected: fields 4, 5\)"),
        (b"id,note,amount\r1,Ann,2\r", "a carriage return that ends no line"),
        (b"id,note,amount,note\n", r"duplicate: note\)"),
        (b"id,amount,note\n", r"out of order: amount instead of note\)"),
        (
            b"id;note;amount\n1;a;1\n",
            "no field of line 1 is a column .*the separator may not be a comma",
        ),
        (b"ID,note,amount\n", "missing: id; unexpected: field 1"),
        (b"id, note,amount\n", "missing: note; unexpected: field 2"),
        (b'id,"note,amount\n1,a,1\n', "malformed: unclosed quote"),
        ("id,note,amount\n".encode("utf-16"), "UTF-16"),
        ("id,note,amount\n".encode("utf-16-le"), "NUL bytes, as UTF-16 does"),
        (b"id,not\xe9,amount\n", "not UTF-8"),
        (gzip.compress(b"id,note,amount\n", mtime=0), "name does not end in .gz"),
        (b"x" * 70_000, "longer than 16,000 bytes"),
    ],
)
def test_a_file_without_the_right_header_is_refused_whole(
    inbox: InboxFolder, bronze: BronzeFolder, content: bytes, reason: str
) -> None:
    path = inbox.put(FILE, content)
    result = run(inbox, bronze)
    assert result.refused == len(result.problems) == 1
    assert re.search(f"^{re.escape(str(path))} was refused, nothing of it landed: .*{reason}", result.problems[0])
    (row,) = bronze.control("deliveries")
    assert (row["delivery_status"], row["bronze_file"], row["bronze_sha256"]) == ("refused", "", "")
    assert (row["delivered_rows"], row["landed_rows"], row["malformed_rows"]) == ("0", "0", "0")
    assert row["refusal_reason"] in result.problems[0]
    assert row["delivered_sha256"] == hashlib.sha256(content).hexdigest()
    assert [path.split("/")[1] for path in bronze.files()] == ["deliveries"]


@pytest.mark.parametrize("size", [10, -1, -8, -200_000])
def test_a_truncated_gzip_is_refused_whole(inbox: InboxFolder, bronze: BronzeFolder, size: int) -> None:
    rows = "".join(f"{number},{hashlib.sha256(bytes([number % 256])).hexdigest()},bad,\n" for number in range(50_000))
    inbox.put(FILE + ".gz", gzip.compress((HEADER + rows).encode(), 1)[:size])
    inbox.put(f"{DAY}/banking/notes.good.csv", HEADER + "1,a,1\n")
    result = run(inbox, bronze)
    assert (result.refused, result.landed_rows) == (1, 1)
    assert "truncated" in result.problems[0]
    assert malformed(bronze) == []


def test_a_damaged_gzip_is_refused_whole(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    compressed = bytearray(gzip.compress((HEADER + "1,a,1\n" * 1_000).encode()))
    compressed[-6] ^= 1  # the checksum
    inbox.put(FILE + ".gz", bytes(compressed))
    inbox.put(f"{DAY}/banking/notes.text.csv.gz", HEADER)
    inbox.put(f"{DAY}/banking/notes.tail.csv.gz", gzip.compress(HEADER.encode()) + b"junk")
    result = run(inbox, bronze)
    assert result.refused == 3
    assert all("the gzip is damaged" in problem for problem in result.problems)


def test_a_refused_file_stays_refused_and_its_correction_lands(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    inbox.put(FILE, "id,note\n1,a\n")
    first = run(inbox, bronze)
    before = bronze.files()
    again = run(inbox, bronze)
    assert (first.refused, len(first.problems)) == (1, 1)
    assert (again.refused, again.refused_before, again.problems) == (0, 1, [])
    assert (again.batches, bronze.files()) == ({}, before)
    inbox.put(FILE, HEADER + "1,a,1\n")
    assert run(inbox, bronze).landed_rows == 1
    assert [row["delivery_status"] for row in bronze.control("deliveries")].count("refused") == 1


def test_a_file_without_header_is_refused_without_repeating_its_data(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    inbox.put(FILE, "C1,anna.webb@example.com,1\nC2,b,2\n")
    result = run(inbox, bronze)
    assert "the header line may be missing" in result.problems[0]
    assert "anna" not in result.problems[0] + bronze.control("deliveries")[0]["refusal_reason"]


def test_a_refused_file_lands_when_the_contract_has_its_columns(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    inbox.put(FILE, "id,note,amount,extra\n1,a,1,x\n")
    assert run(inbox, bronze).refused == 1
    result = run(inbox, bronze, small_contract(new_column("extra", 2)))
    assert (result.refused, result.landed_rows) == (0, 1)
    assert [row["delivery_status"] for row in bronze.control("deliveries")].count("landed") == 1


def test_a_name_that_landed_with_other_content_is_refused(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    land_text(inbox, bronze, "1,a,1\n")
    content = (bronze.path / LANDED).read_bytes()
    second = land_text(inbox, bronze, "1,a,2\n")
    assert "landed on this day with other content" in second.problems[0]
    assert (bronze.path / LANDED).read_bytes() == content
    assert sorted(row["delivery_status"] for row in bronze.control("deliveries")) == ["landed", "refused"]
    before = bronze.files()
    again = land_text(inbox, bronze, "1,a,2\n")
    assert (again.problems, again.refused_before) == ([], 1)
    assert bronze.files() == before
    assert land_text(inbox, bronze, "1,a,1\n").skipped == 1


def test_files_of_one_name_with_and_without_a_day_folder_are_one_file(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    inbox.put(FILE, HEADER + "1,a,1\n")
    inbox.put("banking/notes.csv", HEADER + "1,a,2\n")
    inbox.put(f"{DAY}/banking/notes.same.csv", HEADER + "1,a,1\n")
    inbox.put("banking/notes.same.csv", HEADER + "1,a,1\n")
    result = land(inbox.path, bronze.path, date(2025, 1, 1), contract=small_contract())
    assert (len(result.landed), result.skipped, result.refused) == (2, 1, 1)


def test_the_same_content_under_another_name_or_day_lands(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    land_text(inbox, bronze, "1,a,1\n")
    inbox.put(f"{DAY}/banking/notes.again.csv", HEADER + "1,a,1\n")
    inbox.put("2025-01-02/banking/notes.csv", HEADER + "1,a,1\n")
    result = run(inbox, bronze)
    assert (len(result.landed), result.skipped) == (2, 1)
    assert len({row["batch_id"] for row in bronze.control("deliveries")}) == 3


def test_a_file_that_has_grown_is_told_apart_from_a_changed_one(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    """It landed while it was still being uploaded."""
    half = HEADER + "1,a,1\n2,b,"
    inbox.put(FILE, half)
    run(inbox, bronze)
    inbox.put(FILE, half + "2\n3,c,3\n")
    (problem,) = run(inbox, bronze).problems
    assert f"its first {len(half)} bytes landed on this day, before it was complete; deliver the whole file" in problem
    inbox.put(FILE, half.replace("a", "x") + "2\n3,c,3\n")
    (problem,) = run(inbox, bronze).problems
    assert "with other content, and bronze never changes" in problem


def test_a_file_that_is_still_being_written_waits(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    inbox.put(FILE, HEADER + "1,a,1\n")
    young = inbox.put(f"{DAY}/banking/notes.2.csv", HEADER + "2,b,2\n")
    long_ago = time.time() - 100
    os.utime(inbox.path / FILE, (long_ago, long_ago))
    result = land(inbox.path, bronze.path, contract=small_contract(), settle_seconds=60)
    assert (len(result.landed), result.waiting) == (1, 1)
    os.utime(young, (long_ago, long_ago))
    result = land(inbox.path, bronze.path, contract=small_contract(), settle_seconds=60)
    assert (len(result.landed), result.skipped, result.waiting) == (1, 1, 0)
