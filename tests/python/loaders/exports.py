"""A small contract and a bronze root for the tests of full exports."""

from __future__ import annotations

from datetime import date

from loaders.contract import Column, Contract, Entity, load_contract
from loaders.land import land
from loaders.landing.export_settings import Settings
from loaders.landing.result import LandingResult
from tests.python.conftest import BronzeFolder, InboxFolder

HEADER = "id,day,amount,updated_at,booked_at,record_status\n"
FIRST_HEADER = "id,day,amount,updated_at,booked_at\n"
TYPES = {"id": "text(256)", "day": "date", "amount": "amount", "updated_at": "update_time", "booked_at": "utc_time"}


def exports(*, waived: str = "", statement: str = "optional") -> tuple[Contract, Settings]:
    """Return a contract with the entity `notes`, whose key is id and day, and settings that make it a full export."""
    columns = [Column("source_line", added_by_landing=True, is_money=False, pii=None)]
    for name, text in TYPES.items():
        empty = "booked_at" if name == "updated_at" else None
        columns.append(
            Column(name, added_by_landing=False, is_money=name == "amount", pii=None, type=text, when_empty=empty)
        )
    columns.append(
        Column("record_status", added_by_landing=False, is_money=False, pii=None, type="record_status", since=2)
    )
    notes = Entity(
        *("banking", "notes", tuple(columns)),
        written_by_landing=False,
        key=("id", "day"),
        amount="amount",
        statement=statement,
    )
    control = {key: entity for key, entity in load_contract().entities.items() if entity.written_by_landing}
    settings = Settings({notes: date.min}, waived=frozenset({waived}))
    return Contract({("banking", "notes"): notes, **control}), settings


def row(key: str, updated_at: str = "2025-01-01 08:00:00", amount: str = "1.00", status: str = "") -> str:
    return f"{key},2025-01-01,{amount},{updated_at},,{status}\n"


class Exports:
    """An inbox and bronze, with one entity that is a full export."""

    def __init__(self, inbox: InboxFolder, bronze: BronzeFolder) -> None:
        self.inbox = inbox
        self.bronze = bronze

    def put(self, day: int, *rows: str, part: str = "", header: str = HEADER) -> None:
        self.inbox.put(f"2025-01-{day:02}/banking/notes{part}.csv", header + "".join(rows))

    def run(self, *, waived: str = "") -> LandingResult:
        contract, settings = exports(waived=waived)
        return land(self.inbox.path, self.bronze.path, contract=contract, full_exports=settings)

    def deliver(self, day: int, *rows: str, part: str = "") -> LandingResult:
        self.put(day, *rows, part=part)
        return self.run()

    def missing(self) -> dict[str, list[str]]:
        """The rows of the derived files with rows, by file, without the source line."""
        found = {}
        for path in sorted((self.bronze.path / "banking" / "notes").glob("dt=*/*.missing*.csv")):
            lines = path.read_text(encoding="utf-8").splitlines()[1:]
            if lines:
                found[f"{path.parent.name[-2:]}/{path.name}"] = [line.partition(",")[2] for line in lines]
        return found

    def derived(self) -> list[tuple[str, str, str]]:
        """Arrival day, status and rows of the derived files in the manifests."""
        rows = self.bronze.control("deliveries")
        return [
            (row["derived_from"].rpartition("/dt=")[2][8:10], row["delivery_status"], row["landed_rows"])
            for row in rows
            if row["derived_from"]
        ]


A, B, C = row("A"), row("B"), row("C")
B_DELETED = B.replace(",\n", ",deleted")
MANY = [row(f"K{number:02}") for number in range(20)]


def deleted(*rows: str) -> list[str]:
    """Return rows as derived files have them."""
    return [line.replace(",\n", ",deleted") for line in rows]
