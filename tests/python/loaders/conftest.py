"""Running the `tieout` command in the test's own process, and reading an inbox without the loaders' help."""

from __future__ import annotations

import csv
import hashlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from loaders.cli import main


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


Tieout = Callable[..., Outcome]


@pytest.fixture
def tieout(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tieout:
    """Run `tieout ...` and return its exit code and what it printed."""

    def run(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["tieout", *map(str, arguments)])
        try:
            main()
            code = 0
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = capsys.readouterr()
        return Outcome(code, out, err)

    return run


class InboxReader:
    """An inbox as a bank's partner would read it: with the csv module."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def files(self, entity: str = "*") -> list[Path]:
        return sorted(self.root.glob(f"*/*/{entity}.csv*"))

    def rows(self, entity: str) -> list[dict[str, str]]:
        """All rows in the order of their arrival, each with its arrival day as `dt`."""
        rows = []
        for file in self.files(entity):
            with file.open(encoding="utf-8", newline="") as text:
                rows += [{**row, "dt": file.parts[-3]} for row in csv.DictReader(text)]
        return rows

    def digests(self) -> dict[str, str]:
        return {
            str(file.relative_to(self.root)): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in sorted(self.root.rglob("*"))
            if file.is_file()
        }


@pytest.fixture(scope="session")
def read_inbox() -> Callable[[Path], InboxReader]:
    return InboxReader
