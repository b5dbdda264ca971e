"""`tieout land`: what lands, what does not, and what is said about it."""

from __future__ import annotations

import csv
import errno
import fcntl
import gzip
import hashlib
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from loaders.contract import load_contract
from loaders.errors import TieoutError
from loaders.land import land
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
    new_column,
    run,
    small_contract,
)

# `tieout(arguments)` runs the command and returns its exit code, stdout and stderr.
Tieout = Callable[..., Any]

ACCOUNTS = ",".join(load_contract().entity("banking", "accounts").delivered_columns) + "\n"
ACCOUNT = "A1,C1,Checking,EUR,Active,,2024-01-01,2024-01-01 00:00:00\n"


# What lands


def test_a_plain_file_gets_source_lines_manifest_and_control_totals(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    result = land_text(inbox, bronze, "1,a,10.50\n2,b,\n3,c,-0.25\n4,d,ten\n")
    content = f"source_line,{HEADER}2,1,a,10.50\n3,2,b,\n4,3,c,-0.25\n5,4,d,ten\n".encode()
    assert (bronze.path / LANDED).read_bytes() == content
    delivered = (inbox.path / FILE).read_bytes()
    batch = result.batches[date(2025, 1, 1)]
    assert bronze.control("deliveries") == [
        {
            "batch_id": batch,
            "domain": "banking",
            "entity": "notes",
            "delivered_file": "banking/notes.csv",
            "bronze_file": LANDED,
            "delivery_status": "landed",
            "refusal_reason": "",
            "delivered_bytes": str(len(delivered)),
            "delivered_sha256": hashlib.sha256(delivered).hexdigest(),
            "bronze_sha256": hashlib.sha256(content).hexdigest(),
            "delivered_rows": "4",
            "landed_rows": "4",
            "malformed_rows": "0",
            "changed_values": "0",
            "missing_columns": "",
        }
    ]
    assert bronze.control("control_totals") == [
        {
            "batch_id": batch,
            "bronze_file": LANDED,
            "column_name": "amount",
            "total_amount": "10.25",
            "amount_values": "2",
            "other_values": "1",
        }
    ]
    assert not (bronze.path / "control" / "malformed_lines").exists()
    assert re.fullmatch("[0-9a-f]{16}", batch)
    assert (bronze.path / f"control/deliveries/dt={DAY}/{batch}.csv").is_file()
    assert sorted(path.name for path in bronze.path.iterdir()) == [".lock", "banking", "control"]


def test_the_header_alone_lands_without_rows(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    inbox.put(FILE, HEADER.strip())
    run(inbox, bronze)
    assert (bronze.path / LANDED).read_text() == f"source_line,{HEADER}"
    assert [row["total_amount"] for row in bronze.control("control_totals")] == ["0.00"]


def test_gzip_stays_gzip_with_an_empty_header(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    two_members = gzip.compress((HEADER + "1,a").encode()) + gzip.compress(b",5\n2,b,6\n") + b"\0" * 512
    inbox.put(FILE + ".gz", two_members)
    run(inbox, bronze)
    content = (bronze.path / (LANDED + ".gz")).read_bytes()
    assert content[3:8] == bytes(5)  # no name, no time
    assert gzip.decompress(content).decode() == f"source_line,{HEADER}2,1,a,5\n3,2,b,6\n"
    assert bronze.control("deliveries")[0]["delivered_sha256"] == hashlib.sha256(two_members).hexdigest()


def test_bom_crlf_blank_lines_and_quoted_headers_are_accepted(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    inbox.put(FILE, b'\xef\xbb\xbf"id","note",amount\r\n1,a,1\r\n\r\n"2","b",2\r\n3,"c\r\nd",3\r\n\r\n\r\n4,e,4\r')
    result = run(inbox, bronze)
    assert landed(bronze) == [["2", "1", "a", "1"], ["4", "2", "b", "2"], ["5", "3", "c d", "3"], ["9", "4", "e", "4"]]
    assert b"\r" not in (bronze.path / LANDED).read_bytes()
    assert (result.changed_values, result.malformed_rows) == (1, 0)


def test_line_breaks_and_control_characters_become_spaces_and_are_counted_by_value(
    inbox: InboxFolder, bronze: BronzeFolder
) -> None:
    body = '1,"a\nb\r\nc\rd",1\n2,x\0y\x07z,\x1f2\n3,q\rr,3\n4,"tab\there",4\n5,\x7f\x85\x9f,5\n6,\xa0\u2028é,6\n'
    result = land_text(inbox, bronze, body)
    assert landed(bronze) == [
        ["2", "1", "a b c d", "1"],
        ["5", "2", "x y z", " 2"],
        ["6", "3", "q r", "3"],
        ["7", "4", "tab\there", "4"],
        ["8", "5", "   ", "5"],
        ["9", "6", "\xa0\u2028é", "6"],
    ]
    assert result.changed_values == 5
    assert bronze.control("deliveries")[0]["changed_values"] == "5"
    assert bronze.control("control_totals")[0]["total_amount"] == "21.00"


def test_backslashes_are_data_and_quoting_is_minimal(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    land_text(inbox, bronze, '1,C:\\dir\\,1\n"2","a\\","2"\n"3","say ""\\n""",""\n4," , ",4\n5,"",5\n"",,\n')
    assert (bronze.path / LANDED).read_text().split("\n")[1:] == [
        "2,1,C:\\dir\\,1",
        "3,2,a\\,2",
        '4,3,"say ""\\n""",',
        '5,4," , ",4',
        "6,5,,5",
        "7,,,",
        "",
    ]


def test_a_day_is_one_batch_and_parts_of_an_entity_stand_side_by_side(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    inbox.put(f"{DAY}/banking/notes.part-1.csv", HEADER + "1,a,1\n")
    inbox.put(f"{DAY}/banking/notes.part-2.csv", HEADER + "2,b,2\n")
    inbox.put("2025-01-02/banking/notes.part-1.csv", HEADER + "1,a,1\n")
    result = run(inbox, bronze)
    assert len(result.landed) == 3
    assert len(set(result.batches.values())) == 2
    assert len(list(bronze.path.glob("control/deliveries/dt=*/*.csv"))) == 2
    assert len(list(bronze.path.glob("banking/notes/dt=2025-01-01/*.csv"))) == 2


def test_an_undated_domain_folder_arrives_today_or_on_the_day_told(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    inbox.put("banking/notes.csv", HEADER + "1,a,1\n")
    land(inbox.path, bronze.path, date(2025, 3, 1), contract=small_contract())
    assert (bronze.path / "banking/notes/dt=2025-03-01/notes.csv").is_file()
    before = datetime.now(UTC).date()
    assert before <= min(run(inbox, bronze).batches) <= datetime.now(UTC).date()


def test_a_day_folder_is_not_taken_for_an_inbox(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    inbox.put(FILE, HEADER + "1,a,1\n")
    with pytest.raises(
        TieoutError, match=r"is itself a day folder.*give the folder above it, or --arrived-on 2025-01-01"
    ):
        land(inbox.path / DAY, bronze.path, contract=small_contract())
    assert not bronze.path.exists()
    land(inbox.path / DAY, bronze.path, date(2025, 1, 1), contract=small_contract())
    assert (bronze.path / LANDED).is_file()


def test_amounts_are_summed_exactly(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    amounts = ["9999999999999999.99"] * 30 + [
        " +1.5" + "0" * 60 + "\t",
        "-00.01",
        "0.1",
        "1.005",
        "1e3",
        ".5",
        "5.",
        "   ",
    ]
    amounts += ["12345678901234567", "1,5", "٣", "--1", "1.5000"]
    body = "".join(f'{number},x,"{amount}"\n' for number, amount in enumerate(amounts))
    land_text(inbox, bronze, body)
    total = sum(
        [Decimal("9999999999999999.99")] * 30 + [Decimal("1.5"), Decimal("-0.01"), Decimal("0.1"), Decimal("1.5")]
    )
    row = bronze.control("control_totals")[0]
    assert (row["total_amount"], row["amount_values"], row["other_values"]) == (str(total), "34", "8")


# Malformed lines


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
        ("1," + "x" * 31_977 + ",2", "record longer than 32,000 bytes"),
        ("1," + "é" * 15_989 + ",2", "record longer than 32,000 bytes"),
        ('1,"' + "x" * 31_976 + '""",2', "record longer than 32,000 bytes"),
        ("1," + "x" * 1_100_000 + ",2", "record longer than 32,000 bytes"),
    ],
)
def test_a_malformed_line_is_kept_aside_and_costs_no_other(
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
    value = "x" * 31_976
    result = land_text(inbox, bronze, f'1,{value},2\n"2","{value}",3\n3,"{value[:-1]}\n",3\n')
    assert [len(row[2]) for row in landed(bronze)] == [31_976] * 3
    assert result.malformed_rows == 0


def test_a_stray_quote_costs_one_line_however_many_follow(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    lines = [f"{number},x,1" for number in range(3_000)]
    lines[10] = '10,"stray,1'
    lines[20] = '20,"stray too,1'
    lines[1_500] = '1500,"two\nlines",1'
    result = land_text(inbox, bronze, "\n".join(lines))
    assert [entry[:2] for entry in malformed(bronze)] == [("12", "unclosed quote"), ("22", "unclosed quote")]
    assert result.landed_rows == 2_998
    assert landed(bronze)[-1] == ["3002", "2999", "x", "1"]


def test_a_value_may_span_a_thousand_lines_and_no_more(inbox: InboxFolder, bronze: BronzeFolder) -> None:
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
        ("x" * 32_000 + "\n9,forged,666\n", "record longer than 32,000 bytes"),
        ("x\n9,forged,666\n" * 3_000, "record longer than 32,000 bytes"),
        ("x" * 1_500_000 + "\n9,forged,666\n", "record longer than 32,000 bytes"),
        ('x""' * 100_000 + "\n9,forged,666\n", "record longer than 32,000 bytes"),
        (b"x\n9,forged,666\n\xff", "invalid UTF-8"),
    ],
)
def test_what_stands_in_a_value_is_no_record(
    inbox: InboxFolder,
    bronze: BronzeFolder,
    monkeypatch: pytest.MonkeyPatch,
    value: str | bytes,
    reason: str | None,
    piece_bytes: int,
) -> None:
    """Whoever may write into a text must not be able to write a booking, by making the text too long to land."""
    monkeypatch.setattr(reader, "PIECE_BYTES", piece_bytes)
    text = value.replace('"666"', '""666""').encode() if isinstance(value, str) else value
    land_text(inbox, bronze, b'1,a,1\n2,"' + text + b'",2\n3,c,3\n')
    assert [row[1] for row in landed(bronze)] == (["1", "3"] if reason else ["1", "2", "3"])
    assert [entry[:2] for entry in malformed(bronze)] == ([("3", reason)] if reason else [])


def test_values_that_span_pieces_are_put_together(
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
    assert gzip.decompress((bronze.path / f"{LANDED}.gz").read_bytes()) == (bronze.path / LANDED).read_bytes()
    assert result.malformed_rows == 0
    assert {row["total_amount"] for row in bronze.control("control_totals")} == {"220.00"}


def test_pieces_do_not_change_what_lands(
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


def test_a_line_far_beyond_memory_is_cut_not_collected(
    inbox: InboxFolder, bronze: BronzeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "PIECE_BYTES", 256 * 1024)
    longest = 0
    original = staging.split_text

    def watched(text: bytes, *arguments: object) -> splitter.SplitText:
        nonlocal longest
        longest = max(longest, len(text))
        return original(text, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(staging, "split_text", watched)
    result = land_text(inbox, bronze, b'1,"' + "é".encode() * 5_000_000 + b"\n2,b,2\n")
    assert [entry[:2] for entry in malformed(bronze)] == [("2", "record longer than 32,000 bytes")]
    assert (result.landed_rows, longest < 4 * 1024 * 1024) == (1, True)


def test_control_files_hold_one_record_per_line(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    land_text(inbox, bronze, '1,a\0"b",c,d,"\n' + "x" * 5_000 + "\n")
    path = next(bronze.path.glob("control/malformed_lines/*/*.csv"))
    assert path.read_text().count("\n") == 3
    assert [entry[2] for entry in malformed(bronze)] == ['1,a "b",c,d,"', "x" * 4_000]


# Refused files


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
        (b"x" * 70_000, "longer than 32,000 bytes"),
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
    assert again.problems == first.problems
    assert (again.refused, again.batches, bronze.files()) == (1, {}, before)
    inbox.put(FILE, HEADER + "1,a,1\n")
    assert run(inbox, bronze).landed_rows == 1
    assert [row["delivery_status"] for row in bronze.control("deliveries")].count("refused") == 1


def test_a_file_without_header_is_refused_without_repeating_its_data(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    inbox.put(FILE, "C1,anna.webb@example.com,1\nC2,b,2\n")
    result = run(inbox, bronze)
    assert "the header line may be missing" in result.problems[0]
    assert "anna" not in result.problems[0] + bronze.control("deliveries")[0]["refusal_reason"]


def test_a_refused_file_lands_once_the_contract_knows_its_columns(inbox: InboxFolder, bronze: BronzeFolder) -> None:
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
    assert land_text(inbox, bronze, "1,a,2\n").problems == second.problems
    assert bronze.files() == before
    assert land_text(inbox, bronze, "1,a,1\n").skipped == 1


def test_dated_and_undated_files_of_one_name_are_one_name(inbox: InboxFolder, bronze: BronzeFolder) -> None:
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


# The inbox


def test_what_is_no_delivery_is_named_and_the_rest_lands(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    inbox.put(FILE, HEADER + "1,a,1\n")
    strays = {
        "stray.csv": "a delivery stands in INBOX/",
        f"{DAY}/stray.csv": "a delivery stands in INBOX/",
        "2025-13-01/banking/notes.csv": "there is no such day",
        "20250101/banking/notes.csv": "no day .* and no domain",
        f"{DAY}/shop/notes.csv": "it is no domain",
        f"{DAY}/control/deliveries.csv": "it is no domain",
        f"{DAY}/banking/cards.csv": "'banking/cards' is not an entity of .*. The entities are: banking/notes",
        f"{DAY}/banking/notes.txt": "a delivery is named",
        f"{DAY}/banking/notes.a b.csv": "a delivery is named",
        f"{DAY}/banking/notes.csv.zip": "a delivery is named",
        f"{DAY}/banking/old/notes.csv": "it is no file",
    }
    for stray in strays:
        inbox.put(stray, HEADER)
    inbox.put(f"{DAY}/banking/.notes.csv.tmp", "hidden")
    inbox.put(".git/x", "hidden")
    result = run(inbox, bronze)
    assert result.landed_rows == 1
    assert len(result.problems) == len(strays)
    for stray, sentence in strays.items():
        assert any(
            re.search(f"^{re.escape(str(inbox.path))}/.* was left out: .*{sentence}", problem)
            for problem in result.problems
        ), stray
    assert all(problem.endswith(".") for problem in result.problems)
    assert [name for name in bronze.files() if not name.startswith("control/")] == [LANDED]


def test_a_file_that_cannot_be_read_is_named_and_the_rest_lands(
    inbox: InboxFolder, bronze: BronzeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = inbox.put(FILE, HEADER)
    inbox.put(f"{DAY}/banking/notes.good.csv", HEADER + "1,a,1\n")
    original = Path.open

    def fail(path: Path, *arguments: object, **options: object) -> object:
        if path == bad:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return original(path, *arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", fail)
    result = run(inbox, bronze)
    assert result.problems == [f"{bad} cannot be read (Permission denied): make it readable and land again."]
    assert result.landed_rows == 1
    monkeypatch.undo()
    assert len(run(inbox, bronze).landed) == 1


# The command


def test_the_command_lands_into_the_root_of_the_environment(
    inbox: InboxFolder, bronze: BronzeFolder, tieout: Tieout, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox.put(f"{DAY}/banking/accounts.csv", ACCOUNTS + ACCOUNT)
    inbox.put("banking/accounts.csv", ACCOUNTS + ACCOUNT)
    monkeypatch.setenv("TIEOUT_BRONZE_ROOT", str(bronze.path))
    outcome = tieout("land", inbox.path, "--arrived-on", "2025-01-02")
    assert (outcome.code, outcome.err) == (0, "")
    assert "Files:   2 landed" in outcome.out
    assert "Records: 2 landed, 0 malformed" in outcome.out
    assert len(list(bronze.path.glob("banking/accounts/dt=*/accounts.csv"))) == 2
    before = bronze.files()
    outcome = tieout("land", inbox.path, "--arrived-on", "2025-01-02")
    assert outcome.code == 0
    assert "2 had landed before" in outcome.out
    assert bronze.files() == before


def test_the_command_exits_with_1_when_something_did_not_land(
    inbox: InboxFolder, bronze: BronzeFolder, tieout: Tieout
) -> None:
    inbox.put(f"{DAY}/banking/accounts.csv", ACCOUNTS + ACCOUNT)
    inbox.put(f"{DAY}/banking/accounts.2.csv", "a,b\n")
    inbox.put(f"{DAY}/banking/cards.csv", "a,b\n")
    for _ in range(2):
        outcome = tieout("land", inbox.path, "--bronze-root", bronze.path)
        assert outcome.code == 1
        assert outcome.err.count("tieout: ") == outcome.err.count("\n") == 2
        assert "1 refused, 1 left out" in outcome.out
    assert (bronze.path / f"banking/accounts/dt={DAY}/accounts.csv").is_file()


def test_a_missing_inbox_is_a_sentence(inbox: InboxFolder, bronze: BronzeFolder, tieout: Tieout) -> None:
    outcome = tieout("land", inbox.path / "nowhere", "--bronze-root", bronze.path)
    assert outcome.code == 1
    assert re.search(r"tieout: The inbox .*nowhere does not exist: give the folder", outcome.err)
    outcome = tieout("land", inbox.put("file", ""), "--bronze-root", bronze.path)
    assert outcome.code == 1
    assert "is a file, not a folder" in outcome.err
    assert not bronze.path.exists()


def test_an_empty_inbox_is_no_error(inbox: InboxFolder, bronze: BronzeFolder, tieout: Tieout) -> None:
    (inbox.path / DAY / "banking").mkdir(parents=True)
    outcome = tieout("land", inbox.path, "--bronze-root", bronze.path)
    assert (outcome.code, outcome.out) == (0, f"There is nothing to land in {inbox.path}.\n")
    assert not bronze.path.exists()


def test_a_second_landing_at_the_same_time_stops(inbox: InboxFolder, bronze: BronzeFolder, tieout: Tieout) -> None:
    inbox.put(f"{DAY}/banking/accounts.csv", ACCOUNTS + ACCOUNT)
    bronze.path.mkdir()
    with (bronze.path / ".lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        outcome = tieout("land", inbox.path, "--bronze-root", bronze.path)
    assert outcome.code == 1
    assert "Another landing is writing to" in outcome.err
    assert bronze.files() == {}
    assert tieout("land", inbox.path, "--bronze-root", bronze.path).code == 0


def test_a_root_that_is_no_folder_is_a_sentence(inbox: InboxFolder, bronze: BronzeFolder, tieout: Tieout) -> None:
    inbox.put(f"{DAY}/banking/accounts.csv", ACCOUNTS + ACCOUNT)
    bronze.path.write_text("")
    outcome = tieout("land", inbox.path, "--bronze-root", bronze.path)
    assert outcome.code == 1
    assert re.search(r"tieout: Bronze cannot be written: .*bronze.*: File exists", outcome.err)
    outcome = tieout("land", inbox.path, "--bronze-root", "s3://bucket/bronze")
    assert outcome.code == 1
    assert "not to s3:/" in outcome.err


def test_a_full_disk_is_a_sentence_and_leaves_nothing(
    inbox: InboxFolder, bronze: BronzeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_bronze_file: object, _text: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    inbox.put(FILE, HEADER + "1,a,1\n")
    with monkeypatch.context() as patch:
        patch.setattr(staging._BronzeFile, "_store", full)
        with pytest.raises(TieoutError, match=r"Bronze cannot be written: .*No space left on device.*land again"):
            run(inbox, bronze)
    assert bronze.files() == {}
    assert run(inbox, bronze).landed_rows == 1


def test_a_damaged_manifest_is_named(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    path = bronze.path / f"control/deliveries/dt={DAY}/x.csv"
    path.parent.mkdir(parents=True)
    path.write_text("a,b\n1,2\n")
    inbox.put(FILE, HEADER)
    with pytest.raises(TieoutError, match=r"x\.csv is no manifest"):
        run(inbox, bronze)
