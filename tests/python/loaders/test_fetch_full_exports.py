"""Full exports on a machine that has no bronze: fetching brings what landing compares them with."""

from __future__ import annotations

import shutil
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from loaders.aws.objects import ObjectStore
from loaders.aws.session import S3Root, s3_client
from loaders.contract import load_contract
from loaders.fetch import fetch
from loaders.land import land
from loaders.landing.export_settings import Settings
from loaders.landing.result import LandingResult
from loaders.push import push
from tests.aws.double import AwsDouble

pytestmark = pytest.mark.extended

ACCOUNTS = load_contract().entity("banking", "accounts")
HEADER = ",".join(ACCOUNTS.headers()[1]) + "\n"
FIRST = Settings({ACCOUNTS: date.min})
MANY = "ABCDEFGHIJKLMNOP"


class Machine:
    """Empty folders for every run, and an inbox and bronze in S3."""

    def __init__(self, aws: AwsDouble, s3_root: S3Root, folder: Path) -> None:
        self.aws = aws
        self.s3_root = s3_root
        self.folder = folder

    def run(self, day: int, keys: str, settings: Settings = FIRST) -> LandingResult:
        """Deliver an export, then fetch, land and push."""
        rows = "".join(f"{key},C1,Checking,EUR,Active,,2024-01-01,2024-01-01 00:00:00\n" for key in keys)
        inbox = S3Root(self.s3_root.bucket, "inbox/")
        if keys:
            name = inbox.key(f"2025-01-{day:02}/banking/accounts.csv")
            self.aws.client("s3").put_object(Bucket=inbox.bucket, Key=name, Body=(HEADER + rows).encode())
        shutil.rmtree(self.folder, ignore_errors=True)
        fetch(s3_client(), inbox, self.s3_root, self.folder / "inbox", self.folder / "bronze", full_exports=settings)
        result = land(self.folder / "inbox", self.folder / "bronze", full_exports=settings)
        with closing(ObjectStore(s3_client(), self.s3_root)) as store:
            push(self.folder / "bronze", store)
        return result

    def missing(self) -> dict[str, str]:
        """The keys of each derived file in S3."""
        found = {}
        for path, content in self.aws.objects(self.s3_root.bucket, self.s3_root.prefix).items():
            if ".missing" in path:
                found[path.split("dt=2025-01-")[1]] = "".join(
                    line.split(",")[1] for line in content.decode().splitlines()[1:]
                )
        return found


@pytest.fixture
def machine(aws: AwsDouble, s3_root: S3Root, tmp_path: Path) -> Machine:
    return Machine(aws, s3_root, tmp_path / "run")


def test_every_run_has_what_it_compares(machine: Machine) -> None:
    machine.run(1, "ABCD")
    machine.run(2, "ABC")
    # The export of the fourth comes before that of the third.
    machine.run(4, "A")
    assert machine.missing() == {"02/accounts_0002.missing.csv": "D", "04/accounts_0002.missing.csv": "BC"}
    machine.run(3, "ABE")
    assert machine.missing() == {
        "02/accounts_0002.missing.csv": "D",
        "03/accounts_0002.missing.csv": "C",
        "04/accounts_0002.missing.csv": "BC",
        "04/accounts_0003.missing.2.csv": "E",
    }
    assert machine.run(3, "").withdrawals.landed == []


def test_the_other_files_of_a_batch_are_not_needed(machine: Machine) -> None:
    """A run fetches the exports that it compares, not what was delivered with them."""
    customers = ",".join(load_contract().entity("banking", "customers").headers()[1]) + "\n"
    inbox = S3Root(machine.s3_root.bucket, "inbox/")
    for day, keys in ((1, "AB"), (2, "A"), (3, "A")):
        name = inbox.key(f"2025-01-{day:02}/banking/customers.csv")
        machine.aws.client("s3").put_object(Bucket=inbox.bucket, Key=name, Body=customers.encode())
        assert machine.run(day, keys).problems == []
    assert machine.missing() == {"02/accounts_0002.missing.csv": "B", "03/accounts_0002.missing.csv": ""}


def test_what_is_waived_later_is_withdrawn_by_a_run_without_deliveries(machine: Machine) -> None:
    machine.run(1, MANY)
    assert len(machine.run(2, MANY[:4]).problems) == 1
    assert machine.missing() == {}
    waived = Settings({ACCOUNTS: date.min}, waived=frozenset({"2025-01-02 banking/accounts.missing.csv"}))
    machine.run(2, "", waived)
    assert machine.missing() == {"02/accounts_0002.missing.csv": MANY[4:]}


def test_what_was_not_compared_is_compared_by_the_next_run(machine: Machine) -> None:
    """As after a run that ended between the export and its derived file, or before the entity was declared."""
    nothing = Settings()
    machine.run(1, "AB", nothing)
    machine.run(2, "A", nothing)
    machine.run(3, "A", nothing)
    machine.run(3, "")
    assert machine.missing() == {"02/accounts_0002.missing.csv": "B", "03/accounts_0002.missing.csv": ""}
