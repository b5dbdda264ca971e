"""`tieout import berka`: the mapping of a small bank, written by hand."""

from __future__ import annotations

import csv
import gzip
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.python.loaders.berka.conftest import FILES, ImportBank, Rows, append
from tests.python.loaders.conftest import InboxReader, ReadInbox

pytestmark = pytest.mark.extended


def test_customers_have_a_version_for_each_change_of_segment(rows: Rows) -> None:
    assert [(row["customer_id"], row["dt"], row["updated_at"], row["segment"]) for row in rows("customers")] == [
        ("1", "1993-01-05", "1993-01-05 00:00:00", "Mass"),
        ("2", "1993-01-05", "1993-01-05 00:00:00", "Mass"),
        ("3", "1993-02-20", "1993-02-20 00:00:00", "Affluent"),  # the card is older than the account
        ("4", "1993-02-20", "1993-02-20 00:00:00", "Mass"),
        ("2", "1993-06-02", "1993-06-02 00:00:00", "Student"),
        ("2", "1993-07-01", "1993-07-01 00:00:00", "Affluent"),
        ("5", "1993-08-01", "", "Mass"),  # no account, so no date: in the latest delivery
        ("4", "1993-08-01", "1993-08-01 00:00:00", "platinum"),  # an unknown card, which the warehouse rejects
    ]


def test_customers_have_dates_but_no_names(rows: Rows) -> None:
    by_id = {row["customer_id"]: row for row in rows("customers")}
    assert by_id["1"] == {
        "dt": "1993-01-05",
        "customer_id": "1",
        "first_name": "",
        "last_name": "",
        "email": "",
        "phone": "",
        "date_of_birth": "1970-12-13",
        "address": "",
        "city": "Hl.m. Praha",
        "state": "Prague",
        "country": "CZ",
        "segment": "Mass",
        "credit_score": "",
        "signup_date": "1993-01-05",
        "updated_at": "1993-01-05 00:00:00",
        "location_id": "",
        "record_status": "",
    }
    assert [by_id[number]["date_of_birth"] for number in "2345"] == ["1945-02-04", "1906-01-01", "995001", "1950-01-01"]
    assert (by_id["4"]["city"], by_id["4"]["state"]) == ("", "")  # the district is unknown
    assert by_id["2"]["signup_date"] == "1993-01-05"  # the first of two accounts


def test_accounts_have_owner_and_district(rows: Rows) -> None:
    assert [tuple(row.values()) for row in rows("accounts")] == [
        ("10", "1", "Checking", "CZK", "Active", "Hl.m. Praha", "1993-01-05", "1993-01-05 00:00:00", "", "1993-01-05"),
        ("30", "", "Checking", "CZK", "Active", "", "1993-01-05", "1993-01-05 00:00:00", "", "1993-01-05"),
        ("20", "3", "Checking", "CZK", "Active", "Jesenik", "1993-02-20", "1993-02-20 00:00:00", "", "1993-02-20"),
    ]


def test_loans_have_owner_and_status(rows: Rows) -> None:
    columns = ("loan_id", "customer_id", "loan_type", "loan_amount", "interest_rate", "loan_status", "start_date")
    assert [tuple(row[column] for column in columns) for row in rows("loans")] == [
        ("501", "1", "", "96396", "", "Paid Off", "1993-03-15"),
        ("502", "3", "", "165960", "", "Defaulted", "1993-03-16"),
        ("503", "", "", "80952", "", "Active", "1993-03-17"),
        ("504", "1", "", "30276", "", "Delinquent", "1993-03-18"),
        ("505", "1", "", "30276", "", "X", "1993-03-18"),
    ]
    first = rows("loans")[0]
    assert (first["currency"], first["term_months"], first["monthly_payment"]) == ("CZK", "12", "8033.00")
    assert (first["dt"], first["updated_at"]) == ("1993-03-15", "1993-03-15 00:00:00")


def test_transactions_have_type_channel_and_category(rows: Rows) -> None:
    columns = ("transaction_id", "transaction_type", "channel", "category", "counterparty_account")
    assert [tuple(row[column] for column in columns) for row in rows("transactions")] == [
        ("1", "Deposit", "Branch", "", ""),
        ("2", "Transfer", "", "Pension", "YZ-62457513"),
        ("3", "Deposit", "", "Interest", ""),
        ("4", "Withdrawal", "Branch", "", ""),
        ("5", "Withdrawal", "Branch", "", ""),
        ("6", "Withdrawal", "ATM", "", ""),
        ("7", "Payment", "", "Household", "QR-00123"),
        ("8", "Payment", "", "Fees", ""),
        ("9", "Payment", "", "Penalty Interest", ""),
        ("10", "Payment", "", "Insurance", ""),
        ("11", "Payment", "", "Loan Payment", ""),
        ("12", "Payment", "", "Household", ""),
        ("13", "Payment", "", "", ""),
        ("14", "Deposit", "", "", ""),  # the type decides, not the operation
        ("15", "OPRAVA", "Branch", "", ""),
        ("16", "INKASO", "", "LEASING", ""),
        ("17", "Deposit", "Branch", "", ""),
        ("18", "Payment", "", "", "55"),
    ]
    for row in rows("transactions"):
        assert (row["currency"], row["transaction_status"]) == ("CZK", "Completed")
        assert row["merchant_name"] == row["updated_at"] == ""


def test_amounts_and_balances_are_delivered_unchanged(rows: Rows) -> None:
    lines = [line.strip().split(";") for line in FILES["trans"].strip().splitlines()[1:]]
    assert [(row["amount"], row["balance_after"]) for row in rows("transactions")] == [(f[5], f[6]) for f in lines]


def test_a_transaction_with_an_invalid_date_is_set_aside(
    source: Path, berka_inbox: InboxReader, import_bank: ImportBank
) -> None:
    line = '19;20;930229;"PRIJEM";"VKLAD";0.10;-0.10;"";;'
    append(source, "trans", f"{line}\r\n")
    outcome = import_bank()
    assert "trans.asc line 20 is malformed (arrival_day: '930229' is no day in a form of dates.formats; " in outcome.err
    assert [row["transaction_id"] for row in berka_inbox.rows("transactions")][-2:] == ["18", line]
    assert "customers: rows without a valid date, which are in the latest delivery: 1." in outcome.err


def test_the_summary_reports_what_is_not_imported(import_bank: ImportBank) -> None:
    outcome = import_bank()
    assert "order.asc was not read" in outcome.out
    assert "cards without a known client, which are ignored: 1." in outcome.err
    assert "18 transactions" in outcome.out


def test_a_client_with_two_rows_is_delivered_twice(
    source: Path, berka_inbox: InboxReader, import_bank: ImportBank
) -> None:
    append(source, "client", '2;"450205";1\r\n')
    assert import_bank().code == 0
    twice = [row["date_of_birth"] for row in berka_inbox.rows("customers") if row["customer_id"] == "2"]
    assert sorted(twice) == ["1945-02-04", "1945-02-04", "1945-02-04", "1945-02-05"]


def test_monthly_deliveries_have_the_same_rows(
    berka_inbox: InboxReader, import_bank: ImportBank, read_inbox: ReadInbox, tmp_path: Path
) -> None:
    monthly = read_inbox(tmp_path / "monthly")
    assert import_bank().code == 0
    assert import_bank("--by", "month", inbox=monthly).code == 0
    for entity in ("customers", "accounts", "loans", "transactions"):
        daily = [{**row, "dt": ""} for row in berka_inbox.rows(entity)]
        assert sorted(daily, key=str) == sorted(({**row, "dt": ""} for row in monthly.rows(entity)), key=str)
    days = [file.parts[-3] for file in monthly.files("transactions")]
    assert days == ["1993-01-31", "1993-02-28", "1993-03-31"]
    assert [row["transaction_id"] for row in monthly.rows("transactions")] == [str(number) for number in range(1, 19)]


def test_existing_deliveries_are_never_changed(source: Path, berka_inbox: InboxReader, import_bank: ImportBank) -> None:
    assert import_bank().code == 0
    before = berka_inbox.digests()
    again = import_bank()
    assert again.code == 0
    assert "Files: 0 written" in again.out
    append(source, "trans", '19;10;930302;"PRIJEM";"VKLAD";1.00;1.00;"";;\r\n')
    refused = import_bank()
    assert refused.code == 1
    assert "exists already with other content" in refused.err
    assert berka_inbox.digests() == before


def test_compressed_deliveries_have_the_same_content(
    berka_inbox: InboxReader, import_bank: ImportBank, read_inbox: ReadInbox, tmp_path: Path
) -> None:
    packed = read_inbox(tmp_path / "packed")
    assert import_bank().code == 0
    assert import_bank("--gzip", inbox=packed).code == 0
    plain = {str(file.relative_to(berka_inbox.root)): file.read_bytes() for file in berka_inbox.files()}
    unpacked = {
        str(file.relative_to(packed.root))[: -len(".gz")]: gzip.decompress(file.read_bytes()) for file in packed.files()
    }
    assert unpacked == plain


def test_all_lines_of_a_delivery_have_the_same_number_of_values(rows: Rows, berka_inbox: InboxReader) -> None:
    for file in berka_inbox.files():
        assert b"\r" not in file.read_bytes()
        with file.open(newline="") as text:
            assert len({len(row) for row in csv.reader(text)}) == 1


def test_other_entities_are_imported_without_transactions(
    source: Path, berka_inbox: InboxReader, import_bank: ImportBank
) -> None:
    header = (source / "trans.asc").read_bytes().split(b"\r\n")[0]
    (source / "trans.asc").write_bytes(header + b"\r\n")
    assert import_bank().code == 0
    assert berka_inbox.files("transactions") == []
    assert len(berka_inbox.rows("accounts")) == 3


def test_days_without_transactions_have_a_file_with_only_the_header(
    berka_inbox: InboxReader, import_bank: ImportBank
) -> None:
    """So that no day of the import is missing in the warehouse."""
    assert import_bank().code == 0
    files = berka_inbox.files("transactions")
    days = [date.fromisoformat(file.parts[-3]) for file in files]
    assert days == [days[0] + timedelta(days=number) for number in range(len(days))]
    assert days[-1] == date(1993, 8, 1)
    assert any(file.read_bytes().count(b"\n") == 1 for file in files)
    assert all(file.read_bytes().count(b"\n") > 1 for file in berka_inbox.files("accounts"))
