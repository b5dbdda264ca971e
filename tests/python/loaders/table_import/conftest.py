"""A mapping and an export in one folder, and the import of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.python.loaders.conftest import Outcome, Row, Tieout, read_rows

MAPPING = """\
entity: banking/transactions
files: {arrival_day: {given: 2025-01-10}}
table: {delimiter: ;}
numbers: {decimal: ",", grouping: "."}
dates: {formats: ["%d.%m.%Y"]}
money: {column: Betrag}
columns:
  transaction_id: Nr
  account_id: {constant: A1}
  transaction_type: {by_sign: {credit: Deposit, debit: Payment}}
  amount: {money: without_sign}
  currency: {constant: EUR}
  transaction_ts: Tag
  transaction_status: {constant: Completed}
  category: Zweck
"""
HEAD = "Nr;Tag;Zweck;Betrag\n"
EXPORT = f"""\
{HEAD}1;02.01.2025;Brot;-12,50
2;03.01.2025;Miete;1.200,00
"""
# A file that states what it holds, and the mapping of its statements.
STATED = f"Anfang: 100,00\n{EXPORT}Zeilen: 2\nSumme: 1.187,50\nEnde: 1.287,50\n"
BALANCES = "opening_balance: 'Anfang: (.*)', closing_balance: 'Ende: (.*)'"
STATES = f"states: {{rows: 'Zeilen: (.*)', total: 'Summe: (.*)', {BALANCES}}}"
AROUND = "table: {delimiter: ;, skip_before: 1, skip_after: 3}"


@dataclass(frozen=True)
class Desk:
    """A folder with a mapping and an export."""

    folder: Path
    tieout: Tieout

    @property
    def inbox(self) -> Path:
        return self.folder / "inbox"

    def mapping(self, text: str = MAPPING, **changes: str) -> Path:
        """Write a mapping; each change replaces a line that begins with its name."""
        lines = text.splitlines()
        for name, line in changes.items():
            found = [number for number, each in enumerate(lines) if each.strip().startswith(f"{name}:")]
            if found:
                lines[found[0]] = line
            else:
                lines.insert(1, line)
        path = self.folder / "bank.yml"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def export(self, text: str = EXPORT, name: str = "export.csv", encoding: str = "utf-8") -> Path:
        path = self.folder / name
        path.write_bytes(text.encode(encoding))
        return path

    def run(self, *options: object, mapping: Path | None = None, export: Path | None = None) -> Outcome:
        mapping = mapping or self.mapping()
        return self.tieout("import", "table", mapping, export or self.export(), "--inbox", self.inbox, *options)

    def imported(self, text: str = EXPORT, encoding: str = "utf-8", **changes: str) -> list[Row]:
        """Import an export; return the delivered rows without lines that were set aside."""
        outcome = self.run(mapping=self.mapping(**changes), export=self.export(text, encoding=encoding))
        assert outcome.code == 0, outcome.err
        return [
            row for file in self.deliveries() for row in read_rows(file) if len(row) > 1 and None not in row.values()
        ]

    def refusal(self, text: str = EXPORT, **changes: str) -> str:
        """Import what must be refused; return the sentences."""
        outcome = self.run(mapping=self.mapping(**changes), export=self.export(text))
        assert outcome.code == 1, outcome.out
        assert self.deliveries() == []
        assert "Traceback" not in outcome.err
        return self.told(outcome).strip()

    def told(self, outcome: Outcome) -> str:
        """Return what a command told the user, without the folder."""
        return outcome.err.replace(f"{self.folder}/", "")

    def deliveries(self) -> list[Path]:
        return sorted(self.inbox.glob("2*/*/*.csv"))

    def kept(self, name: str) -> list[Path]:
        """The files of a name that are kept with the originals."""
        return sorted(self.inbox.glob(f".imports/*/*/**/{name}"))

    def rejects(self) -> list[Row]:
        return [row for file in self.kept("rejects.csv") for row in read_rows(file)]

    def reasons(self) -> dict[int, str]:
        return {int(row["original_line"]): row["reason"] for row in self.rejects()}


@pytest.fixture
def desk(tmp_path: Path, tieout: Tieout) -> Desk:
    return Desk(tmp_path, tieout)
