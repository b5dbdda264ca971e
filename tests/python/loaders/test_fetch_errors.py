"""`tieout fetch` with interrupted runs, runs at the same time, and objects or disks that fail."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from loaders import fetch as fetching
from loaders.aws import download
from loaders.aws.download import Found
from loaders.aws.objects import ObjectStore
from loaders.aws.session import S3Root, s3_client
from loaders.errors import TieoutError
from loaders.fetch import fetch
from loaders.land import land
from loaders.push import push
from tests.python.loaders.cloud import DAY, Cloud, accounts, cloud, delivered
from tests.python.loaders.conftest import Tieout
from tests.python.loaders.pushing import with_a_full_disk

pytestmark = pytest.mark.extended

__all__ = ["cloud"]  # pytest finds the fixture here


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


def test_an_object_that_cannot_be_read_keeps_no_other_back(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, tieout: Tieout
) -> None:
    """As one that its source has encrypted with its own key."""
    for day in ("2025-01-01", "2025-01-02"):
        cloud.deliver(f"{day}/banking/accounts.csv", accounts("A1"))
    fetch_one = download.fetch_object

    def refused(client: object, root: S3Root, found: Found, folder: Path) -> Found:
        if found.path.startswith("2025-01-01/"):
            raise TieoutError(f"AWS refuses {root.address(found.path)}.")
        return fetch_one(client, root, found, folder)  # type: ignore[arg-type]

    monkeypatch.setattr(download, "fetch_object", refused)
    result = cloud.fetch()
    sentence = f"AWS refuses {cloud.s3_inbox.address('2025-01-01/banking/accounts.csv')}."
    assert (result.fetched, result.failed) == (1, [sentence])
    outcome = tieout("fetch", cloud.inbox, "--bronze-root", cloud.bronze, *cloud.options())
    assert outcome.code == 1
    assert outcome.err == f"tieout: {sentence}\n"
    assert "0 left out, 1 failed." in outcome.out
    monkeypatch.setattr(fetching, "_MOST_FAILURES", 1)
    with pytest.raises(TieoutError, match="AWS refuses"):
        cloud.fetch()


def test_a_delivery_waits_for_its_control_file(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud.deliver(f"{DAY}/banking/accounts.csv", accounts("A1"))
    cloud.deliver(f"{DAY}/banking/accounts.csv.ctl", b"rows,2")
    cloud.deliver(f"{DAY}/banking/accounts.2.csv", accounts("A2"))
    fetch_one = download.fetch_object

    def refused(client: object, root: S3Root, found: Found, folder: Path) -> Found:
        if found.path.endswith(".ctl"):
            raise TieoutError("AWS refuses it.")
        return fetch_one(client, root, found, folder)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(download, "fetch_object", refused)
        _, landed, _ = cloud.run()
    assert [staged.delivery.path.name for staged in landed.landed] == ["accounts.2.csv"]
    _, landed, _ = cloud.run()
    assert "states 2 rows" in landed.problems[0]


def test_two_runs_at_the_same_time_do_not_load_a_file_twice(cloud: Cloud) -> None:
    """Both find the same delivery; the second one has another with it, so its batch is another one."""
    cloud.deliver(f"{DAY}/banking/accounts.csv", accounts("A1"))
    slow = replace(cloud, folder=cloud.folder.with_name("slow"))
    slow.fetch()
    cloud.deliver(f"{DAY}/banking/accounts.2.csv", accounts("A2"))
    cloud.run()
    land(slow.inbox, slow.bronze)
    with (
        closing(ObjectStore(s3_client(), cloud.s3_root)) as store,
        pytest.raises(
            TieoutError, match=r"Another run has pushed banking/accounts[.]csv meanwhile, with s3://.*one run at a"
        ),
    ):
        push(slow.bronze, store)
    names = [name for name, status in delivered(cloud) if status == "landed"]
    assert sorted(names) == ["banking/accounts.2.csv", "banking/accounts.csv"]
    _, landed, _ = slow.run()
    assert landed.landed == []


def test_a_missing_bucket_is_named(cloud: Cloud) -> None:
    with pytest.raises(TieoutError, match="There is no such bucket at s3://nowhere"):
        fetch(s3_client(), S3Root("nowhere", ""), cloud.s3_root, cloud.inbox, cloud.bronze)


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
