"""`tieout land`: what lands, with which manifest and which control totals."""

from __future__ import annotations

import gzip
import hashlib
import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from loaders.errors import TieoutError
from loaders.land import land
from tests.python.conftest import BronzeFolder, InboxFolder
from tests.python.loaders.notes import (
    DAY,
    FILE,
    HEADER,
    LANDED,
    land_text,
    landed,
    run,
    small_contract,
)


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
            "landing_number": "1",
            "stated_by": "",
            "stated": "",
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


def test_bom_crlf_blank_lines_and_quoted_headers_land(inbox: InboxFolder, bronze: BronzeFolder) -> None:
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


def test_backslashes_are_data_and_only_values_with_commas_or_quotes_are_quoted(
    inbox: InboxFolder, bronze: BronzeFolder
) -> None:
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


def test_a_day_is_one_batch_with_all_parts_of_an_entity(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    inbox.put(f"{DAY}/banking/notes.part-1.csv", HEADER + "1,a,1\n")
    inbox.put(f"{DAY}/banking/notes.part-2.csv", HEADER + "2,b,2\n")
    inbox.put("2025-01-02/banking/notes.part-1.csv", HEADER + "1,a,1\n")
    result = run(inbox, bronze)
    assert len(result.landed) == 3
    assert len(set(result.batches.values())) == 2
    assert len(list(bronze.path.glob("control/deliveries/dt=*/*.csv"))) == 2
    assert len(list(bronze.path.glob("banking/notes/dt=2025-01-01/*.csv"))) == 2


def test_a_domain_folder_without_a_day_arrives_today_or_on_the_given_day(
    inbox: InboxFolder, bronze: BronzeFolder
) -> None:
    inbox.put("banking/notes.csv", HEADER + "1,a,1\n")
    land(inbox.path, bronze.path, date(2025, 3, 1), contract=small_contract())
    assert (bronze.path / "banking/notes/dt=2025-03-01/notes.csv").is_file()
    before = datetime.now(UTC).date()
    assert before <= min(run(inbox, bronze).batches) <= datetime.now(UTC).date()


def test_a_day_folder_given_as_inbox_is_refused(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    inbox.put(FILE, HEADER + "1,a,1\n")
    with pytest.raises(TieoutError, match=r"is a day folder.*Give the folder above it, or --arrived-on 2025-01-01"):
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
