"""Fixtures for the tests of the loaders: an inbox to fill, a bronze root to read, and a double of AWS."""

from __future__ import annotations

import csv
import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from loaders.aws.session import S3Root
from tests.aws.double import AwsDouble
from tests.python.guards import guard, print_guards
from tests.python.reliability.tally import print_tally, tally

__all__ = ["guard", "tally"]  # pytest finds the fixtures here


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the tests have counted."""
    print_tally(terminalreporter)
    print_guards(terminalreporter)


@dataclass(frozen=True)
class InboxFolder:
    """An inbox."""

    path: Path

    def put(self, name: str, content: str | bytes) -> Path:
        """Write a file, for example `2025-01-01/banking/customers.csv`."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path


@dataclass(frozen=True)
class BronzeFolder:
    """A bronze root."""

    path: Path

    def control(self, name: str) -> list[dict[str, str]]:
        """Return all rows of a control entity."""
        rows = []
        for path in sorted((self.path / "control" / name).glob("dt=*/*.csv")):
            with path.open(encoding="utf-8", newline="") as file:
                rows += list(csv.DictReader(file, strict=True))
        return rows

    def files(self) -> dict[str, bytes]:
        """Return every file below the root except the lock, by path."""
        return {
            str(path.relative_to(self.path)): path.read_bytes()
            for path in sorted(self.path.rglob("*"))
            if path.is_file() and path.name != ".lock"
        }

    def check_manifests(self) -> None:
        """Check that every file that a manifest lists as landed exists and has the SHA-256 of the manifest."""
        for row in self.control("deliveries"):
            if row["delivery_status"] == "landed":
                content = (self.path / row["bronze_file"]).read_bytes()
                assert hashlib.sha256(content).hexdigest() == row["bronze_sha256"]


@pytest.fixture
def inbox(tmp_path: Path) -> InboxFolder:
    (tmp_path / "inbox").mkdir()
    return InboxFolder(tmp_path / "inbox")


@pytest.fixture
def bronze(tmp_path: Path) -> BronzeFolder:
    return BronzeFolder(tmp_path / "bronze")


@pytest.fixture(scope="session")
def aws_double() -> Iterator[AwsDouble]:
    with AwsDouble() as started:
        yield started


@pytest.fixture
def aws(aws_double: AwsDouble, monkeypatch: pytest.MonkeyPatch) -> AwsDouble:
    """A double of AWS, for this process and the processes that it starts."""
    for variable, value in aws_double.environment.items():
        monkeypatch.setenv(variable, value)
    return aws_double


_NUMBERS = itertools.count(1)


@pytest.fixture
def s3_root(aws: AwsDouble) -> S3Root:
    """A bronze root in a bucket of its own."""
    root = S3Root(f"bronze-{next(_NUMBERS)}", "some/prefix/")
    aws.make_bucket(root.bucket)
    return root
