"""Five exports of different shape, and the lines that a newcomer edits in the mapping that is proposed for each."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from tests.python.loaders.table_import.books import book
from tests.python.warehouse import Warehouse

MOST_EDITS = 10


@dataclass(frozen=True)
class Export:
    """An export.

    Attributes:
        file: its name.
        content: its bytes.
        edits: what is replaced in the proposed mapping: the text, and the new one.
        accounts: the accounts that it has in the warehouse, with the number and the sum of their transactions.
    """

    file: str
    content: bytes
    edits: dict[str, str]
    accounts: dict[str, tuple[int, Decimal]]


GERMAN = """\
Kontoauszug;Sparbank
Kunde;Müller

Buchungstag;Empfänger;Verwendungszweck;Betrag;Saldo
02.01.2025;Bäcker;"Brot; frisch";-1.234,50;8.765,50
03.01.2025;Jürgen;Miete;2.000,00;10.765,50
03.01.2025;Jürgen;Miete;2.000,00;12.765,50
Summe;2.765,50
"""
BRITISH = """\
Date,Transaction ID,Account,Description,Paid out,Paid in,Currency
03/01/2025,a-1,GB-1,"Shop, London",£12.00,,GBP
31/12/2024,a-1,GB-2,Salary,,"£2,000.00",GBP
"""
AMERICAN = """\
Posted Date\tReference\tPayee\tAmount\tStatus
12/30/2024\t9\tShop\t(12.00)\tposted
12/31/2024\t8\tSalary\t2,000.00\tposted
01/03/2025\t7\tHotel\t(99.00)\tpending
"""
DUTCH = """\
"Datum";"Rekening";"Tegenrekening";"Af Bij";"Bedrag";"Omschrijving";"Munt"
"20250103";"NL-1";"NL-2";"Af";"12,00";"Winkel";"EUR"
"20250104";"NL-1";"NL-3";"Bij";"2000,00";"Loon";"EUR"
"""
SHEET = [
    ["Kartenumsätze 2025"],
    [],
    ["Datum", "Beleg", "Händler", "Umsatz", "Währung"],
    [date(2025, 1, 3), "B-1", "Café", 4.1, "EUR"],
    [date(2025, 1, 4), "B-2", "Bahn", 0.1 + 0.2, "EUR"],
    [date(2025, 1, 4), "B-3", "Rückgabe", -4.1, "EUR"],
    [None, None, "Summe", 0.3],
]
ACCOUNT = "account_id: {constant: CHANGE-ME}"
EXPORTS = (
    Export(
        "sparbank_20250106.csv",
        GERMAN.encode("windows-1252"),
        {ACCOUNT: "account_id: {constant: DE-1}", "{constant: CHANGE-ME}": "{constant: EUR}"},
        {"DE-1": (3, Decimal("2765.50"))},
    ),
    Export(
        "statement-2025-01-06.csv",
        BRITISH.encode(),
        {},
        {"GB-1": (1, Decimal("-12.00")), "GB-2": (1, Decimal("2000.00"))},
    ),
    Export(
        "us_20250106.tsv",
        AMERICAN.encode(),
        {
            ACCOUNT: "account_id: {constant: US-1}",
            "{constant: CHANGE-ME}": "{constant: USD}",
            "posted: CHANGE-ME": "posted: Completed",
        },
        {"US-1": (3, Decimal("1889.00"))},
    ),
    Export("nl_20250106.csv", DUTCH.encode(), {}, {"NL-1": (2, Decimal("1988.00"))}),
    Export(
        "karte_20250106.xlsx",
        book({"Umsätze": SHEET, "Hinweise": [["Nur zur Ansicht"]]}, merged=["A1:E1"]),
        {
            ACCOUNT: "account_id: {constant: CARD-1}",
            "money: {column: Umsatz}": "money: {column: Umsatz, positive_is: debit}",
            "{hash_of: [Datum, Beleg, Händler, Umsatz, Währung], by: value, scope: [account_id]}": "Beleg",
            "# No rule uses these columns: Beleg, Händler.": "  merchant_name: Händler",
        },
        {"CARD-1": (3, Decimal("-0.30"))},
    ),
)


def import_as_newcomer(warehouse: Warehouse, export: Export) -> int:
    """Propose a mapping, edit it, and import the export; return how many lines were edited."""
    path = warehouse.folder / export.file
    path.write_bytes(export.content)
    proposed = warehouse.run("tieout", "import", "table", "--propose", str(path))
    edited = proposed
    for before, after in export.edits.items():
        assert before in edited, proposed
        edited = edited.replace(before, after, 1)
    mapping = Path(path).with_suffix(".yml")
    mapping.write_text(edited, encoding="utf-8")
    warehouse.run("tieout", "import", "table", str(mapping), str(path), "--inbox", str(warehouse.inbox))
    changes = difflib.unified_diff(proposed.splitlines(), edited.splitlines(), n=0)
    return sum(line.startswith("+") and not line.startswith("+++") for line in changes)
