"""A folder with statements and an inbox, and the import of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.python.loaders.conftest import Outcome, Row, Tieout, read_rows


@dataclass(frozen=True)
class Counter:
    """A folder with statements and an inbox."""

    folder: Path
    tieout: Tieout

    @property
    def inbox(self) -> Path:
        return self.folder / "inbox"

    def file(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def run(self, *arguments: object) -> Outcome:
        outcome = self.tieout("import", "statements", *arguments, "--inbox", self.inbox)
        assert "Traceback" not in outcome.err
        return outcome

    def imported(self, name: str, content: str | bytes, *options: object) -> str:
        """Import one file, of which everything is good; return what was printed."""
        outcome = self.run(self.file(name, content), *options)
        assert outcome.code == 0, outcome.err
        return outcome.out.replace(f"{self.folder}/", "")

    def refused(self, name: str, content: str | bytes, *options: object) -> str:
        """Import one file, of which something is refused; return the sentences."""
        outcome = self.run(self.file(name, content), *options)
        assert outcome.code == 1, outcome.out
        return outcome.err.replace(f"{self.folder}/", "")

    def rows(self, entity: str) -> list[Row]:
        """All delivered rows in the order of their arrival, without lines that were set aside."""
        return [
            row
            for file in sorted(self.inbox.glob(f"2*/banking/{entity}.*"))
            for row in read_rows(file)
            if None not in row.values()
        ]

    def posted(self) -> dict[str, Decimal]:
        """The amounts with their sign by key: the latest row of a key counts."""
        return {
            row["transaction_id"]: Decimal(row["amount"]) * (1 if row["transaction_type"] == "Deposit" else -1)
            for row in self.rows("transactions")
        }

    def balances(self) -> dict[str, tuple[str, str]]:
        """The opening and closing balances by day: the row that was updated last counts."""
        rows = sorted(self.rows("daily_balances"), key=lambda row: (row["balance_date"], row["updated_at"]))
        return {row["balance_date"]: (row["opening_balance"], row["closing_balance"]) for row in rows}

    def kept(self, name: str) -> list[Row]:
        return [row for file in sorted(self.inbox.glob(f".imports/*/*/{name}")) for row in read_rows(file)]

    def record(self) -> dict[str, Any]:
        (file,) = self.inbox.glob(".imports/*/*/import.json")
        return dict(json.loads(file.read_text(encoding="utf-8")))


@pytest.fixture
def counter(tmp_path: Path, tieout: Tieout) -> Counter:
    return Counter(tmp_path, tieout)
