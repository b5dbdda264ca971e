"""`--propose`: a first mapping for exports of different shape, which needs at most ten edited lines."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.python.loaders.table_import.conftest import Desk

pytestmark = pytest.mark.extended

ACCOUNT = {"account_id: {constant: CHANGE-ME}": "account_id: {constant: A1}"}
EUROS = {"currency: {constant: CHANGE-ME}": "currency: {constant: EUR}"}

EXPORTS = {
    "german": (
        "windows-1252",
        'Kontoauszug\n"Kunde";"Müller"\n\nBuchungstag;Empfänger;Verwendungszweck;Betrag;Saldo\n'
        '02.01.2025;Bäcker;"Brot; frisch";-1.234,50;100,00\n03.01.2025;Jürgen;Miete;2.000,00;2.100,00\nSumme;765,50\n',
        ACCOUNT | EUROS,
        [("Payment", "1234.50", "2025-01-02"), ("Deposit", "2000.00", "2025-01-03")],
    ),
    "british": (
        "utf-8",
        "Date,Transaction ID,Account,Description,Paid out,Paid in,Currency\n"
        '31/01/2025,a-1,A1,"Shop, London",£12.00,,GBP\n01/02/2025,a-2,A1,Salary,,"£2,000.00",GBP\n',
        {},
        [("Payment", "12.00", "2025-01-31"), ("Deposit", "2000.00", "2025-02-01")],
    ),
    "american": (
        "utf-8",
        "Posted Date\tReference\tPayee\tAmount\tStatus\n01/31/2025\t9\tShop\t(12.00)\tcompleted\n"
        "02/01/2025\t8\tSalary\t2,000.00\tpending\n",
        ACCOUNT | EUROS,
        [("Payment", "12.00", "2025-01-31"), ("Deposit", "2000.00", "2025-02-01")],
    ),
    "dutch": (
        "utf-8",
        '"Datum";"Rekening";"Tegenrekening";"Af Bij";"Bedrag";"Omschrijving";"Munt"\n'
        '"20250131";"NL1";"NL2";"Af";"12,00";"Winkel";"EUR"\n"20250201";"NL1";"NL3";"Bij";"2000,00";"Loon";"EUR"\n',
        {"debit: Af, credit: Bij": "debit: Af, credit: Bij"},
        [("Payment", "12.00", "2025-01-31"), ("Deposit", "2000.00", "2025-02-01")],
    ),
    "fintech": (
        "utf-8",
        "Id|Type|Completed Date|Amount|Currency|State|Balance\n"
        "7|CARD|2025-01-31 09:15:00|-12.00|EUR|COMPLETED|88.00\n"
        "8|TOPUP|2025-02-01 10:00:00|2000.00|EUR|COMPLETED|2088.00\n",
        ACCOUNT,
        [("Payment", "12.00", "2025-01-31 09:15:00"), ("Deposit", "2000.00", "2025-02-01 10:00:00")],
    ),
}


@pytest.mark.parametrize("shape", EXPORTS)
def test_a_proposed_mapping_needs_few_edits(desk: Desk, shape: str) -> None:
    encoding, text, edits, expected = EXPORTS[shape]
    export = desk.export(text, name=f"{shape}_20250210.csv", encoding=encoding)
    proposed = desk.tieout("import", "table", "--propose", export)
    assert (proposed.code, proposed.err) == (0, "")
    edited = proposed.out
    for line, replacement in edits.items():
        assert line in edited, edited
        edited = edited.replace(line, replacement)
    mapping = desk.folder / "proposed.yml"
    mapping.write_text(edited, encoding="utf-8")
    outcome = desk.run(mapping=mapping, export=export)
    assert outcome.code == 0, outcome.err + edited
    rows = [row.split(",") for path in desk.deliveries() for row in path.read_text(encoding="utf-8").splitlines()[1:]]
    assert [(row[2], row[3], row[5]) for row in rows] == expected, edited
    assert desk.rejects() == []


@pytest.mark.parametrize(
    ("posted", "formats", "doubt"),
    [
        ("01/13/2025", ["%m/%d/%Y"], ""),
        ("13/01/2025", ["%d/%m/%Y"], ""),
        ("13.01.2025 08:00", ["%d/%m/%Y", "%d.%m.%Y %H:%M"], ""),
        ("01/11/2025", ["%d/%m/%Y"], "%m/%d/%Y fits too"),
        ("2025-01-13", ["%d/%m/%Y", "%Y-%m-%d"], "%m/%d/%Y fits too"),
    ],
)
def test_all_dates_of_a_file_have_one_order(desk: Desk, posted: str, formats: list[str], doubt: str) -> None:
    """A column whose days are all before the 13th does not show it."""
    export = desk.export(f"Transaction Date,Post Date,Text,Amount\n01/11/2025,{posted},x,1.00\n01/12/2025,,y,2.00\n")
    proposed = desk.tieout("import", "table", "--propose", export).out
    assert yaml.safe_load(proposed)["dates"]["formats"] == formats
    assert doubt in proposed
    assert ("day and month may be swapped" in proposed) == bool(doubt)


def test_columns_with_dates_of_different_order_have_their_own_formats(desk: Desk) -> None:
    export = desk.export("Date,Value date,Text,Amount\n01/13/2025,13/01/2025,x,1.00\n01/12/2025,12/01/2025,y,2.00\n")
    proposed = desk.tieout("import", "table", "--propose", export).out
    rule = yaml.safe_load(proposed)["columns"]["transaction_ts"]
    assert rule in (
        {"column": "Date", "dates": {"formats": ["%m/%d/%Y"]}},
        {"column": "Value date", "dates": {"formats": ["%d/%m/%Y"]}},
    )
    assert "dates:  # unsure: the order of day and month differs from column to column" in proposed
    mapping = desk.folder / "proposed.yml"
    mapping.write_text(proposed.replace("CHANGE-ME", "EUR"), encoding="utf-8")
    outcome = desk.run("--arrived-on", "2025-02-01", mapping=mapping, export=export)
    assert outcome.code == 0, outcome.err


def test_what_only_the_reader_can_know_is_refused_until_it_is_written(desk: Desk) -> None:
    export = desk.export("Tag;Betrag\n01.01.2025;1,00\n02.01.2025;2,00\n")
    mapping = desk.folder / "proposed.yml"
    mapping.write_text(desk.tieout("import", "table", "--propose", export).out, encoding="utf-8")
    told = desk.told(desk.run("--check", mapping=mapping, export=export))
    assert "account_id still has CHANGE-ME. Write the value of all rows, or a column or an expression." in told
    assert "currency still has CHANGE-ME. Write one of USD, EUR" in told


@pytest.mark.parametrize("entity", ["commerce/sales", "banking/customers", "banking/daily_balances"])
def test_every_entity_can_be_proposed(desk: Desk, entity: str) -> None:
    export = desk.export(
        "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID\nC1,a,-1,2010-12-01 08:26:00,2.55,7\n"
    )
    proposed = desk.tieout("import", "table", "--propose", export, "--entity", entity)
    assert proposed.code == 0
    assert yaml.safe_load(proposed.out)["entity"] == entity
    assert "no entity of the contract" in desk.tieout("import", "table", "--propose", export, "--entity", "x/y").err


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "is empty."), (b"one\ntwo\n", "has no table"), (b"PK\x03\x04", "is damaged: File is not a zip file")],
)
def test_what_is_no_table_is_told(desk: Desk, content: bytes, sentence: str) -> None:
    path = desk.folder / "x.csv"
    path.write_bytes(content)
    assert sentence in desk.tieout("import", "table", "--propose", path).err
    assert "cannot be read" in desk.tieout("import", "table", "--propose", Path("none.csv")).err


@pytest.mark.parametrize(
    ("flags", "direction"),
    [
        (("IN", "OUT"), "debit: OUT, credit: IN}}\n"),
        (("Gutschrift", "Lastschrift"), "debit: Lastschrift, credit: Gutschrift}}\n"),
        (("Abono", "Cargo"), "debit: Cargo, credit: Abono}}\n"),
        (
            ("IN", "OUT", "NEUTRAL"),
            "credit: IN}}  # unsure: say which of IN, NEUTRAL, OUT is a debit and which a credit",
        ),
        (
            ("X", "Z"),
            "debit: CHANGE-ME, credit: CHANGE-ME}}  # unsure: say which of X, Z is a debit and which a credit",
        ),
        (("S", "S"), "credit: CHANGE-ME}}  # unsure: say which of S is a debit and which a credit"),
    ],
)
def test_a_direction_is_known_or_asked_for(desk: Desk, flags: tuple[str, ...], direction: str) -> None:
    lines = "".join(f"0{day}.01.2025;{flag};{day},00\n" for day, flag in enumerate(flags, start=1))
    export = desk.export(f"Datum;Direction;Betrag\n{lines}")
    proposed = desk.tieout("import", "table", "--propose", export).out
    assert direction in proposed
    if "CHANGE-ME" in direction:
        mapping = desk.folder / "proposed.yml"
        mapping.write_text(proposed.replace("{constant: CHANGE-ME}", "{constant: EUR}"), encoding="utf-8")
        told = desk.told(desk.run("--arrived-on", "2025-02-01", mapping=mapping, export=export))
        assert "the direction still has CHANGE-ME. Write what Direction says." in told


def test_guesses_that_would_change_an_amount_or_an_account_are_marked(desk: Desk) -> None:
    export = desk.export("Datum;IBAN;Fee;Total\n01.01.2025;DE1;0,10;5,00\n02.01.2025;DE2;0,20;6,00\n")
    proposed = desk.tieout("import", "table", "--propose", export).out
    assert "money: {column: Fee}  # unsure: is this the amount of the booking?" in proposed
    assert "account_id: IBAN  # unsure: is this the own account, and not the other side's?" in proposed
