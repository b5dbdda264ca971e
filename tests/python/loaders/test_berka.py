"""`tieout import berka` on a small bank in Berka's format, written by hand: every rule of the mapping, every trap."""

from __future__ import annotations

import csv
import gzip

import pytest

FILES = {
    "account": """
        "account_id";"district_id";"frequency";"date"
        10;1;"POPLATEK MESICNE";930105
        20;2;"POPLATEK TYDNE";930220
        30;9;"POPLATEK MESICNE";930105
    """,
    "card": """
        "card_id";"disp_id";"type";"issued"
        1;1;"classic";930601 00:00:00
        2;2;"junior";930602 00:00:00
        3;2;"gold";930701 00:00:00
        4;3;"gold";930101 00:00:00
        5;99;"gold";930901 00:00:00
        6;4;"platinum";930801 00:00:00
        7;4;"platinum";930802 00:00:00
    """,
    "client": """
        "client_id";"birth_number";"district_id"
        1;"706213";1
        2;"450204";1
        3;"60101";2
        4;"995001";9
        5;"500101";2
    """,
    "disp": """
        "disp_id";"client_id";"account_id";"type"
        1;1;10;"OWNER"
        2;2;10;"DISPONENT"
        3;3;20;"OWNER"
        4;4;20;"DISPONENT"
        5;2;20;"DISPONENT"
    """,
    "district": """
        A1;A2;A3;A4;A5;A6;A7;A8;A9;A10;A11;A12;A13;A14;A15;A16
        1;"Hl.m. Praha";"Prague";1204953;0;0;0;1;1;100.0;12541;0.29;0.43;167;85677;99107
        2;"Jesenik";"north Moravia";42821;4;13;5;1;3;48.4;8173;?;7.01;124;?;1358
    """,
    "loan": """
        "loan_id";"account_id";"date";"amount";"duration";"payments";"status"
        501;10;930315;96396;12;8033.00;"A"
        502;20;930316;165960;36;4610.00;"B"
        503;30;930317;80952;24;3373.00;"C"
        504;10;930318;30276;12;2523.00;"D"
        505;10;930318;30276;12;2523.00;"X"
    """,
    "order": """
        "order_id";"account_id";"bank_to";"account_to";"amount";"k_symbol"
        29401;1;"YZ";"87144583";2452.00;"SIPO"
    """,
    "trans": """
        "trans_id";"account_id";"date";"type";"operation";"amount";"balance";"k_symbol";"bank";"account"
        1;10;930105;"PRIJEM";"VKLAD";700.00;700.00;"";;
        2;10;930106;"PRIJEM";"PREVOD Z UCTU";3401.10;4101.10;"DUCHOD";"YZ";"62457513"
        3;10;930106;"PRIJEM";"";5.10;4106.20;"UROK";;
        4;10;930107;"VYDAJ";"VYBER";100.00;4006.20;"";;
        5;10;930107;"VYBER";"VYBER";100.00;3906.20;" ";;
        6;10;930108;"VYDAJ";"VYBER KARTOU";200.00;3706.20;"";;
        7;10;930109;"VYDAJ";"PREVOD NA UCET";300.00;3406.20;"SIPO";"QR";"00123"
        8;10;930131;"VYDAJ";"VYBER";14.60;3391.60;"SLUZBY";;
        9;10;930131;"VYDAJ";"VYBER";1.00;3390.60;"SANKC. UROK";;
        10;10;930131;"VYDAJ";"VYBER";10.00;3380.60;"POJISTNE";;
        11;10;930131;"VYDAJ";"VYBER";10.00;3370.60;"UVER";;
        12;10;930131;"VYDAJ";"VYBER";10.00;3360.60;"SIPO";;
        13;10;930201;"VYDAJ";"";10.00;3350.60;"";;
        14;10;930201;"PRIJEM";"VYBER";10.00;3360.60;"";;
        15;10;930201;"OPRAVA";"VKLAD";10.00;3370.60;"";;
        16;10;930201;"VYDAJ";"INKASO";10.00;3380.60;"LEASING";;
        17;20;930229;"PRIJEM";"VKLAD";0.10;-0.10;"";;
        18;77;930302;"VYDAJ";"PREVOD NA UCET";123456789012.34;-1.00;"";"";"55"
    """,
}


@pytest.fixture
def bank(tmp_path):
    folder = tmp_path / "bank"
    folder.mkdir()
    for name, text in FILES.items():
        lines = [line.strip() for line in text.strip().splitlines()]
        (folder / f"{name}.asc").write_bytes("".join(f"{line}\r\n" for line in lines).encode())
    return folder


@pytest.fixture
def inbox(tmp_path, read_inbox):
    return read_inbox(tmp_path / "inbox")


@pytest.fixture
def rows(bank, inbox, tieout):
    """Import the bank; return rows by entity."""
    outcome = tieout("import", "berka", bank, "--inbox", inbox.root)
    assert outcome.code == 0, outcome.err
    return inbox.rows


def append(bank, name, text):
    with (bank / f"{name}.asc").open("ab") as file:
        file.write(text.encode())


def test_customers_have_a_version_for_each_change_of_segment(rows):
    assert [(row["customer_id"], row["dt"], row["updated_at"], row["segment"]) for row in rows("customers")] == [
        ("1", "1993-01-05", "1993-01-05 00:00:00", "Mass"),
        ("2", "1993-01-05", "1993-01-05 00:00:00", "Mass"),
        ("3", "1993-02-20", "1993-02-20 00:00:00", "Affluent"),  # the card is older than the account
        ("4", "1993-02-20", "1993-02-20 00:00:00", "Mass"),
        ("2", "1993-06-02", "1993-06-02 00:00:00", "Student"),
        ("2", "1993-07-01", "1993-07-01 00:00:00", "Affluent"),
        ("5", "1993-08-01", "", "Mass"),  # has no account, so nobody knows since when: arrives last
        ("4", "1993-08-01", "1993-08-01 00:00:00", "platinum"),  # unknown: for the warehouse to reject
    ]


def test_customers_are_anonymous_and_dated(rows):
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
    }
    assert [by_id[number]["date_of_birth"] for number in "2345"] == ["1945-02-04", "1906-01-01", "995001", "1950-01-01"]
    assert (by_id["4"]["city"], by_id["4"]["state"]) == ("", "")  # the district is unknown
    assert by_id["2"]["signup_date"] == "1993-01-05"  # the first of two accounts


def test_accounts(rows):
    assert [tuple(row.values()) for row in rows("accounts")] == [
        ("10", "1", "Checking", "CZK", "Active", "Hl.m. Praha", "1993-01-05", "1993-01-05 00:00:00", "1993-01-05"),
        ("30", "", "Checking", "CZK", "Active", "", "1993-01-05", "1993-01-05 00:00:00", "1993-01-05"),
        ("20", "3", "Checking", "CZK", "Active", "Jesenik", "1993-02-20", "1993-02-20 00:00:00", "1993-02-20"),
    ]


def test_loans(rows):
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


def test_transactions(rows):
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
        ("14", "Deposit", "", "", ""),  # a credit stays a credit
        ("15", "OPRAVA", "Branch", "", ""),
        ("16", "INKASO", "", "LEASING", ""),
        ("17", "Deposit", "Branch", "", ""),
        ("18", "Payment", "", "", "55"),
    ]
    for row in rows("transactions"):
        assert (row["currency"], row["transaction_status"]) == ("CZK", "Completed")
        assert row["merchant_name"] == row["updated_at"] == ""


def test_amounts_and_balances_keep_the_text_of_the_source(rows):
    with_csv = [line.strip().split(";") for line in FILES["trans"].strip().splitlines()[1:]]
    assert [(row["amount"], row["balance_after"]) for row in rows("transactions")] == [(f[5], f[6]) for f in with_csv]


def test_a_day_that_does_not_exist_is_passed_on_and_arrives_last(bank, inbox, tieout):
    outcome = tieout("import", "berka", bank, "--inbox", inbox.root)
    by_id = {row["transaction_id"]: row for row in inbox.rows("transactions")}
    assert (by_id["17"]["transaction_ts"], by_id["17"]["dt"]) == ("930229", "1993-03-02")
    assert by_id["18"]["transaction_ts"] == "1993-03-02 00:00:00"
    assert "1 transactions have no readable date" in outcome.err


def test_what_is_left_out_is_said(bank, inbox, tieout):
    outcome = tieout("import", "berka", bank, "--inbox", inbox.root)
    assert "order.asc was not read" in outcome.out
    assert "1 cards belong to no known client" in outcome.err
    assert "18 transactions" in outcome.out


def test_a_client_who_stands_there_twice_is_delivered_twice(bank, inbox, tieout):
    append(bank, "client", '2;"450205";1\r\n')
    assert tieout("import", "berka", bank, "--inbox", inbox.root).code == 0
    twice = [row["date_of_birth"] for row in inbox.rows("customers") if row["customer_id"] == "2"]
    assert sorted(twice) == ["1945-02-04", "1945-02-04", "1945-02-04", "1945-02-05"]


def test_by_month_delivers_the_same_rows_on_the_last_days(bank, inbox, tieout, read_inbox, tmp_path):
    monthly = read_inbox(tmp_path / "monthly")
    assert tieout("import", "berka", bank, "--inbox", inbox.root).code == 0
    assert tieout("import", "berka", bank, "--inbox", monthly.root, "--by", "month").code == 0
    for entity in ("customers", "accounts", "loans", "transactions"):
        daily = [{**row, "dt": ""} for row in inbox.rows(entity)]
        assert sorted(daily, key=str) == sorted(({**row, "dt": ""} for row in monthly.rows(entity)), key=str)
    days = [file.parts[-3] for file in monthly.files("transactions")]
    assert days == ["1993-01-31", "1993-02-28", "1993-03-31"]
    assert [row["transaction_id"] for row in monthly.rows("transactions")] == [str(number) for number in range(1, 19)]


def test_a_second_import_changes_nothing_and_another_one_is_refused(bank, inbox, tieout):
    assert tieout("import", "berka", bank, "--inbox", inbox.root).code == 0
    before = inbox.digests()
    again = tieout("import", "berka", bank, "--inbox", inbox.root)
    assert again.code == 0
    assert "0 files written" in again.out
    append(bank, "trans", '19;10;930302;"PRIJEM";"VKLAD";1.00;1.00;"";;\r\n')
    refused = tieout("import", "berka", bank, "--inbox", inbox.root)
    assert refused.code == 1
    assert "exists already with other content" in refused.err
    assert inbox.digests() == before


def test_compressed(bank, inbox, tieout, read_inbox, tmp_path):
    packed = read_inbox(tmp_path / "packed")
    assert tieout("import", "berka", bank, "--inbox", inbox.root).code == 0
    assert tieout("import", "berka", bank, "--inbox", packed.root, "--gzip").code == 0
    plain = {str(file.relative_to(inbox.root)): file.read_bytes() for file in inbox.files()}
    unpacked = {
        str(file.relative_to(packed.root))[: -len(".gz")]: gzip.decompress(file.read_bytes()) for file in packed.files()
    }
    assert unpacked == plain


@pytest.mark.parametrize(
    ("name", "line", "reason", "entity", "day", "number"),
    [
        ("trans", '19;10;930331;"PRIJE', "a quote is not closed", "transactions", "1993-03-02", 20),
        ("trans", "19;10;930331\r\n", "3 fields instead of 10", "transactions", "1993-03-02", 20),
        (
            "trans",
            '19;10;930331;"A";"B";1.00;1.00;"";;;\r\n',
            "11 fields instead of 10",
            "transactions",
            "1993-03-02",
            20,
        ),
        ("client", '6;"5001"01";2\r\n', "a quote is not closed", "customers", "1993-08-01", 7),
        ("client", '6;"50"01"01";2\r\n', "a quote stands where none may", "customers", "1993-08-01", 7),
        ("account", '"40;1\r\n', "a quote is not closed", "accounts", "1993-02-20", 5),
        ("disp", "6;1\r\n", "2 fields instead of 4", "accounts", "1993-02-20", 7),
        ("district", "3;x\r\n", "2 fields instead of 16", "customers", "1993-08-01", 4),
        ("card", "8\r\n", "1 field instead of 4", "customers", "1993-08-01", 9),
        ("loan", "506;1,2\r\n", "2 fields instead of 7", "loans", "1993-03-18", 7),
    ],
)
def test_a_broken_line_goes_last_as_it_is(bank, inbox, tieout, name, line, reason, entity, day, number):
    assert tieout("import", "berka", bank, "--inbox", inbox.root).code == 0
    whole = {file: file.read_bytes() for file in inbox.files()}
    for file in whole:
        file.unlink()
    append(bank, name, line)
    outcome = tieout("import", "berka", bank, "--inbox", inbox.root)
    assert outcome.code == 0
    target = inbox.root / day / "banking" / f"{entity}.csv"
    assert f"{name}.asc line {number} is broken ({reason})" in outcome.err
    assert str(target) in outcome.err
    whole[target] += line.rstrip("\r\n").encode() + b"\n"
    assert {file: file.read_bytes() for file in inbox.files()} == whole


def test_broken_lines_in_the_middle_keep_their_order_at_the_end(bank, inbox, tieout):
    file = bank / "trans.asc"
    lines = file.read_bytes().split(b"\r\n")
    file.write_bytes(b"\r\n".join([*lines[:3], b'"A', *lines[3:5], b"", b"B;", *lines[5:]]))
    outcome = tieout("import", "berka", bank, "--inbox", inbox.root)
    assert "trans.asc line 4 is broken" in outcome.err
    assert "trans.asc line 8 is broken" in outcome.err
    assert "18 transactions; 2 broken lines" in outcome.out.replace(" passed on", "").replace("loans, ", "")
    assert inbox.files("transactions")[-1].read_bytes().endswith(b'\n"A\nB;\n')


def test_a_broken_line_that_looks_like_a_record_is_refused(bank, inbox, tieout):
    append(bank, "trans", "19" + "," * 14 + "\r\n")
    outcome = tieout("import", "berka", bank, "--inbox", inbox.root)
    assert outcome.code == 1
    assert "would pass for a record" in outcome.err
    assert inbox.files() == []


def test_a_quoted_semicolon_and_a_doubled_quote_are_no_damage(bank, inbox, tieout):
    append(bank, "district", '9;"A;B ""C""";"D, E"' + ";1" * 13 + "\r\n")
    assert tieout("import", "berka", bank, "--inbox", inbox.root).code == 0
    account = next(row for row in inbox.rows("accounts") if row["account_id"] == "30")
    assert account["branch"] == 'A;B "C"'
    assert {row["state"] for row in inbox.rows("customers") if row["customer_id"] == "4"} == {"D, E"}


def test_files_are_csv_of_the_contract(rows, inbox):
    for file in inbox.files():
        assert b"\r" not in file.read_bytes()
        with file.open(newline="") as text:
            assert len({len(row) for row in csv.reader(text)}) == 1


def test_without_transactions_the_rest_is_imported(bank, inbox, tieout):
    header = (bank / "trans.asc").read_bytes().split(b"\r\n")[0]
    (bank / "trans.asc").write_bytes(header + b"\r\n")
    assert tieout("import", "berka", bank, "--inbox", inbox.root).code == 0
    assert inbox.files("transactions") == []
    assert len(inbox.rows("accounts")) == 3


def test_a_bank_without_a_date_is_refused(bank, inbox, tieout):
    for name in FILES:
        header = (bank / f"{name}.asc").read_bytes().split(b"\r\n")[0]
        (bank / f"{name}.asc").write_bytes(header + b"\r\n")
    append(bank, "trans", "broken\r\n")
    outcome = tieout("import", "berka", bank, "--inbox", inbox.root)
    assert outcome.code == 1
    assert "no line with a readable date" in outcome.err


@pytest.mark.parametrize("name", list(FILES))
def test_a_missing_file_is_told(bank, inbox, tieout, name):
    (bank / f"{name}.asc").unlink()
    outcome = tieout("import", "berka", bank, "--inbox", inbox.root)
    assert outcome.code == 1
    assert f"lacks {name}.asc" in outcome.err


def test_other_bad_sources_are_told(bank, inbox, tieout, tmp_path):
    assert "is no folder" in tieout("import", "berka", tmp_path / "nowhere", "--inbox", inbox.root).err
    good = (bank / "loan.asc").read_bytes()
    for content, words in (
        (good.replace(b'"duration"', b'"months"'), "has the header loan_id;account_id;date;amount;months"),
        (b"", "has the header  where loan_id"),
        (good + b"\xff\r\n", "is not UTF-8 text"),
    ):
        (bank / "loan.asc").write_bytes(content)
        outcome = tieout("import", "berka", bank, "--inbox", inbox.root)
        assert (outcome.code, words in outcome.err) == (1, True), outcome.err
    assert tieout("import", "berka", bank, "--inbox", inbox.root, "--by", "year").code == 2
    assert inbox.files() == []
