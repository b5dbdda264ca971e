"""`tieout fetch`: a machine without local bronze lands every new delivery exactly once."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from loaders import fetch as fetching
from loaders.contract import load_contract
from loaders.fetch import FetchResult
from loaders.forget.overwrite import forget
from loaders.land import land
from loaders.landing.result import LandingResult
from tests.python.loaders.cloud import DAY, Cloud, accounts, cloud, delivered
from tests.python.loaders.conftest import Tieout

pytestmark = pytest.mark.extended

__all__ = ["cloud"]  # pytest finds the fixture here


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


def test_marks_of_a_folder_are_no_deliveries(cloud: Cloud) -> None:
    """Landing skips them too."""
    for mark in ("_SUCCESS", "batch.ctl", ".tmp/part-1.csv", f"{DAY}/_SUCCESS", f"{DAY}/batch.ctl"):
        cloud.deliver(mark, b"")
    cloud.deliver(f"{DAY}/banking/accounts.csv", accounts("A1"))
    fetched, landed, _ = cloud.run()
    assert (fetched.fetched, fetched.problems, landed.problems) == (1, [], [])


def test_a_forgotten_customer_who_is_delivered_again_is_named(cloud: Cloud) -> None:
    customers = load_contract().entity("banking", "customers").headers()[1]
    values = {"customer_id": "C1", "first_name": "Ada", "updated_at": f"{DAY} 08:00:00"}
    content = f"{','.join(customers)}\n{','.join(values.get(column, '') for column in customers)}\n".encode()
    cloud.deliver(f"{DAY}/banking/customers.csv", content)
    cloud.run()
    forget(cloud.bronze, "C1", "case 1", "Ada")
    # The runbook puts the files back.
    for path in (path for path in cloud.bronze.rglob("*") if path.is_file() and path.name != ".lock"):
        key = cloud.s3_root.key(str(path.relative_to(cloud.bronze)))
        cloud.aws.client("s3").put_object(Bucket=cloud.s3_root.bucket, Key=key, Body=path.read_bytes())
    cloud.deliver("2025-01-02/banking/customers.csv", content)
    _, landed, _ = cloud.run()
    assert [*landed.returned] == ["C1"]


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
