"""`tieout fetch`: a machine without local bronze lands every new delivery exactly once."""

from __future__ import annotations

import shutil
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from loaders import fetch as fetching
from loaders.aws.objects import ObjectStore
from loaders.aws.session import S3Root, s3_client
from loaders.contract import load_contract
from loaders.errors import TieoutError
from loaders.fetch import FetchResult, fetch
from loaders.land import land
from loaders.landing.result import LandingResult
from loaders.push import PushResult, push
from tests.aws.double import AwsDouble
from tests.python.conftest import BronzeFolder
from tests.python.loaders.conftest import Tieout
from tests.python.loaders.pushing import with_a_full_disk

HEADER = ",".join(load_contract().entity("banking", "accounts").headers()[1]) + "\n"
DAY = "2025-01-01"


def accounts(*names: str) -> bytes:
    rows = "".join(f"{name},C1,Checking,EUR,Active,,2024-01-01,2024-01-01 00:00:00\n" for name in names)
    return (HEADER + rows).encode()


@dataclass(frozen=True)
class Cloud:
    """An inbox and bronze in S3; every run starts with empty local folders."""

    aws: AwsDouble
    s3_root: S3Root
    folder: Path

    @property
    def s3_inbox(self) -> S3Root:
        return S3Root(self.s3_root.bucket, "inbox/")

    def deliver(self, path: str, content: bytes) -> None:
        self.aws.client("s3").put_object(Bucket=self.s3_inbox.bucket, Key=self.s3_inbox.key(path), Body=content)

    def fetch(self) -> FetchResult:
        """Fetch into empty folders."""
        shutil.rmtree(self.folder, ignore_errors=True)
        return fetch(s3_client(), self.s3_inbox, self.s3_root, self.inbox, self.bronze)

    def run(self) -> tuple[FetchResult, LandingResult, PushResult]:
        """Fetch, land and push."""
        fetched = self.fetch()
        landed = land(self.inbox, self.bronze)
        with closing(ObjectStore(s3_client(), self.s3_root)) as store:
            return fetched, landed, push(self.bronze, store)

    @property
    def inbox(self) -> Path:
        return self.folder / "inbox"

    @property
    def bronze(self) -> Path:
        return self.folder / "bronze"

    def manifests(self) -> list[dict[str, str]]:
        """Return the rows of all manifests in S3."""
        copy = self.folder.with_name("copy")
        for path, content in self.aws.objects(self.s3_root.bucket, self.s3_root.prefix).items():
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            (copy / path).write_bytes(content)
        return BronzeFolder(copy).control("deliveries")


@pytest.fixture
def cloud(aws: AwsDouble, s3_root: S3Root, tmp_path: Path) -> Cloud:
    return Cloud(aws, s3_root, tmp_path / "run")


def delivered(cloud: Cloud) -> list[tuple[str, str]]:
    return [(row["delivered_file"], row["delivery_status"]) for row in cloud.manifests()]


def test_a_second_run_lands_only_new_files(cloud: Cloud) -> None:
    cloud.deliver(f"{DAY}/banking/accounts.csv", accounts("A1"))
    fetched, _, pushed = cloud.run()
    assert (fetched.fetched, fetched.known, pushed.batches) == (1, 0, 1)
    cloud.deliver(f"{DAY}/banking/accounts.late.csv", accounts("A2"))
    cloud.deliver("2025-01-02/banking/accounts.csv", accounts("A3"))
    _, landed, pushed = cloud.run()
    assert (len(landed.landed), pushed.batches) == (2, 2)
    _, landed, pushed = cloud.run()
    assert (landed.landed, landed.problems, pushed.batches) == ([], [], 0)
    assert sorted(delivered(cloud)) == [
        ("banking/accounts.csv", "landed"),
        ("banking/accounts.csv", "landed"),
        ("banking/accounts.late.csv", "landed"),
    ]


def test_landed_and_refused_files_are_not_fetched_again(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud.deliver(f"{DAY}/banking/accounts.csv", accounts("A1"))
    cloud.deliver(f"{DAY}/banking/accounts.bad.csv", b"other,header\n")
    # A run takes no time here, and S3 has times in whole seconds.
    monkeypatch.setattr(fetching, "LONGEST_RUN", -timedelta(seconds=1))
    cloud.run()
    fetched, landed, _ = cloud.run()
    assert (fetched.fetched, fetched.known) == (0, 2)
    assert (landed.landed, landed.problems) == ([], [])


def test_a_replaced_delivery_is_refused_once_and_the_first_content_stays(cloud: Cloud) -> None:
    cloud.deliver(f"{DAY}/banking/accounts.csv", accounts("A1"))
    cloud.run()
    cloud.deliver(f"{DAY}/banking/accounts.csv", accounts("A2"))
    fetched, landed, _ = cloud.run()
    assert fetched.fetched == 1
    assert len(landed.problems) == 1
    assert "landed on this day with other content" in landed.problems[0]
    cloud.run()
    assert sorted(delivered(cloud)) == [("banking/accounts.csv", "landed"), ("banking/accounts.csv", "refused")]


def test_a_run_that_was_interrupted_before_its_manifest_is_completed(cloud: Cloud) -> None:
    cloud.deliver(f"{DAY}/banking/accounts.csv", accounts("A1"))
    cloud.fetch()
    land(cloud.inbox, cloud.bronze)
    data = f"banking/accounts/dt={DAY}/accounts.csv"
    cloud.aws.client("s3").put_object(
        Bucket=cloud.s3_root.bucket, Key=cloud.s3_root.key(data), Body=(cloud.bronze / data).read_bytes()
    )
    _, landed, pushed = cloud.run()
    assert (len(landed.landed), pushed.batches, pushed.resumed) == (1, 1, 1)
    assert delivered(cloud) == [("banking/accounts.csv", "landed")]


@pytest.mark.parametrize("path", ["banking/accounts.csv", f"{DAY}/accounts.csv", f"x/{DAY}/banking/accounts.csv"])
def test_an_object_that_is_not_a_delivery_is_named_and_the_others_are_fetched(path: str, cloud: Cloud) -> None:
    cloud.deliver(path, accounts("A1"))
    cloud.deliver(f"{DAY}/", b"")
    cloud.deliver(f"{DAY}/banking/accounts.csv", accounts("A1"))
    result = cloud.fetch()
    assert result.fetched == 1
    assert [problem.split(" was left out")[0] for problem in result.problems] == [cloud.s3_inbox.address(path)]


def test_an_object_that_is_not_a_delivery_is_reported_once(cloud: Cloud) -> None:
    """Each run starts without a local folder; bronze in S3 remembers."""
    cloud.deliver("readme.txt", b"x")
    cloud.deliver(f"{DAY}/banking/readme.txt", b"x")
    cloud.deliver(f"{DAY}/banking/accounts.csv", accounts("A1"))
    for expected in ((1, 0, 1, 0), (0, 1, 0, 1), (0, 1, 0, 1)):
        fetched, landed, _ = cloud.run()
        counts = (len(fetched.problems), fetched.left_out_before, len(landed.problems), landed.left_out_before)
        assert counts == expected
    cloud.deliver("readme.txt", b"y")
    cloud.deliver(f"{DAY}/banking/readme.txt", b"y")
    fetched, landed, _ = cloud.run()
    assert (len(fetched.problems), len(landed.problems)) == (1, 1)


def test_control_files_go_with_their_delivery(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "LONGEST_RUN", -timedelta(seconds=1))
    cloud.deliver(f"{DAY}/banking/accounts.csv", accounts("A1"))
    cloud.deliver(f"{DAY}/banking/accounts.csv.ctl", b"rows,1")
    cloud.deliver(f"{DAY}/banking/accounts.2.csv", accounts("A2"))
    fetched, landed, _ = cloud.run()
    assert (fetched.fetched, len(landed.landed)) == (3, 2)
    assert cloud.fetch().known == 3
    monkeypatch.setattr(fetching, "LONGEST_RUN", timedelta(0))
    time.sleep(1.1)  # S3 has times in whole seconds
    cloud.deliver(f"{DAY}/banking/accounts.2.ctl", b"rows,2")
    fetched, landed, _ = cloud.run()
    assert fetched.fetched >= 2
    assert [problem.partition(" was refused")[0] for problem in landed.problems] == [
        str(cloud.inbox / DAY / "banking" / "accounts.2.ctl")
    ]


def test_an_empty_inbox_becomes_an_empty_folder(cloud: Cloud) -> None:
    assert cloud.fetch() == FetchResult()
    assert land(cloud.inbox, cloud.bronze) == LandingResult()


def test_no_object_is_written_outside_the_inbox(cloud: Cloud) -> None:
    cloud.deliver(f"{DAY}/banking/..", b"")
    cloud.deliver(f"{DAY}/../accounts.csv", b"")
    result = cloud.fetch()
    assert (result.fetched, len(result.problems)) == (0, 2)


def test_a_missing_bucket_is_named(cloud: Cloud) -> None:
    with pytest.raises(TieoutError, match="There is no such bucket at s3://nowhere"):
        fetch(s3_client(), S3Root("nowhere", ""), cloud.s3_root, cloud.inbox, cloud.bronze)


def test_the_command_reports_counts_and_fails_if_an_object_is_left_out(
    cloud: Cloud, tieout: Tieout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIEOUT_S3_INBOX", str(cloud.s3_inbox))
    monkeypatch.setenv("TIEOUT_S3_ROOT", str(cloud.s3_root))
    cloud.deliver(f"{DAY}/banking/accounts.csv", accounts("A1"))
    arguments = ("fetch", cloud.inbox, "--bronze-root", cloud.bronze)
    outcome = tieout(*arguments)
    assert outcome.code == 0
    assert "1 fetched" in outcome.out
    cloud.deliver("notes.txt", b"")
    outcome = tieout(*arguments)
    assert outcome.code == 1
    assert outcome.err.startswith(f"tieout: {cloud.s3_inbox.address('notes.txt')} was left out")


def test_a_full_disk_is_an_error_and_leaves_no_partial_delivery(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIEOUT_S3_INBOX", str(cloud.s3_inbox))
    monkeypatch.setenv("TIEOUT_S3_ROOT", str(cloud.s3_root))
    cloud.deliver(f"{DAY}/banking/accounts.csv", accounts("A1"))
    done = with_a_full_disk("fetch", cloud.inbox, "--bronze-root", cloud.bronze)
    assert (done.returncode, done.stdout) == (1, "")
    assert "cannot be written: File too large. Correct this, then fetch again." in done.stderr
    assert "Traceback" not in done.stderr
    assert not (cloud.inbox / DAY / "banking" / "accounts.csv").exists()
    assert cloud.fetch().fetched == 1
