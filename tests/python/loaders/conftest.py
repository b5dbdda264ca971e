"""Fixtures for the loaders: running `tieout` in the test's process, reading an inbox, bronze that is ready to push."""

from __future__ import annotations

import csv
import hashlib
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from loaders.aws.glue import Catalog
from loaders.aws.objects import PART_BYTES, ObjectStore
from loaders.aws.session import S3Root, s3_client
from loaders.cli import main
from loaders.land import land
from tests.aws.double import AwsDouble
from tests.python.conftest import BronzeFolder, InboxFolder
from tests.python.loaders.pushing import DAYS, HEADER, PARTS

Row = dict[str, str]


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


Tieout = Callable[..., Outcome]


def read_rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


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
    """Reads an inbox with the csv module, without the loaders."""

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


ReadInbox = Callable[[Path], InboxReader]


@pytest.fixture(scope="session")
def read_inbox() -> ReadInbox:
    return InboxReader


@pytest.fixture
def landed_days(inbox: InboxFolder, bronze: BronzeFolder) -> BronzeFolder:
    """Three days, each with good, malformed and refused content."""
    for day in DAYS:
        row = f"T{day},A1,Deposit,1.50,EUR,{day},,Completed,,,,,,,\n"
        inbox.put(f"{day}/banking/transactions.csv", f"{HEADER}{row}short\n")
        inbox.put(f"{day}/banking/transactions.2.csv.gz", b"no gzip")
        inbox.put(f"{day}/banking/transactions.3.csv", HEADER + row)
    land(inbox.path, bronze.path)
    return bronze


@pytest.fixture
def large_file(inbox: InboxFolder, bronze: BronzeFolder) -> BronzeFolder:
    """One file that is sent in several parts."""
    row = f"T,A1,Deposit,1.50,EUR,2025-01-02,,Completed,{'merchant' * 1000},,,,,,\n"
    inbox.put("2025-01-02/banking/transactions.csv", HEADER + row * ((PARTS - 1) * PART_BYTES // len(row) + 10))
    land(inbox.path, bronze.path)
    return bronze


@pytest.fixture
def store(s3_root: S3Root) -> Iterator[ObjectStore]:
    with closing(ObjectStore(s3_client(), s3_root)) as opened:
        yield opened


@pytest.fixture
def database(s3_root: S3Root) -> str:
    """The name of a database that does not exist yet."""
    return s3_root.bucket.replace("-", "_")


@pytest.fixture
def catalog(aws: AwsDouble, database: str) -> Catalog:
    return Catalog(aws.client("glue"), database)
