"""Accidents: builds that are killed, started twice or run out of disk. What is run again comes to the same as ever."""

from __future__ import annotations

import random
import re
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from loaders.errors import TieoutError
from loaders.land import land
from tests.python.conftest import BronzeFolder
from tests.python.reliability.checks import Checks
from tests.python.reliability.comparison import check_same
from tests.python.reliability.disks import small_disk
from tests.python.reliability.histories import Bank, File, put
from tests.python.reliability.tally import Tally, randomness, times
from tests.python.warehouse import BUILD_WITHOUT_TESTS, Warehouse

NewWarehouse = Callable[[str], Warehouse]
DAYS = ("2025-01-29", "2025-01-30", "2025-01-31")
KILLS_A_DAY = times(2, a_round=5)
PROGRESS = re.compile(r"(\d+) of (\d\d+) (?:START|OK)")
FULL = "No space left on device"
PLENTY = 200_000  # kilobytes


@dataclass(frozen=True)
class Reference:
    """A warehouse to which nothing happened, but that a second build was started while the first one was at work.

    Attributes:
        warehouse: the warehouse.
        first: the process that built it.
        second: what the other one printed.
    """

    warehouse: Warehouse
    first: int | None
    second: str


@pytest.fixture(scope="module")
def files(bank: Callable[[int], Bank]) -> dict[str, list[File]]:
    """What is delivered, by day."""
    return {day: [file for file in bank(1).files if file.day == day] for day in DAYS}


@pytest.fixture(scope="module")
def reference(files: dict[str, list[File]], new_warehouse: NewWarehouse) -> Reference:
    warehouse = new_warehouse("never_killed")
    put(warehouse, "inbox", [file for day in DAYS for file in files[day]])
    first = start_build(warehouse)
    wait_for(first, warehouse, 0.1)
    printed = warehouse.folder / "second.txt"
    second = warehouse.start("dbt", *BUILD_WITHOUT_TESTS, output=printed)
    second.join()
    assert first.is_alive(), "the first build was over before the second one began"
    first.join()
    assert (first.exitcode, second.exitcode) == (0, 2), warehouse.output.read_text() + printed.read_text()
    return Reference(warehouse, first.pid, printed.read_text())


def start_build(warehouse: Warehouse, options: Sequence[str] = ()) -> BaseProcess:
    warehouse.output.unlink(missing_ok=True)
    return warehouse.start("dbt", *BUILD_WITHOUT_TESTS, *options)


def wait_for(build: BaseProcess, warehouse: Warehouse, progress: float) -> None:
    """Wait until a part of a build, from 0 to 1, has begun."""

    def begun() -> float:
        printed = warehouse.output.read_text(errors="replace") if warehouse.output.exists() else ""
        return max((int(number) / int(of) for number, of in PROGRESS.findall(printed)), default=-1)

    while build.is_alive() and begun() < progress:
        time.sleep(0.02)


def kill_build(warehouse: Warehouse, moments: random.Random) -> bool:
    """Start a build and kill it somewhere; return whether it was still at work."""
    build = start_build(warehouse, moments.choice([(), (), ("--full-refresh",)]))
    # The beginning too: the views of bronze, the seeds and the ledger.
    wait_for(build, warehouse, moments.uniform(-0.1, 1))
    time.sleep(moments.uniform(0, 0.3))
    build.kill()
    build.join()
    return build.exitcode == -signal.SIGKILL


def test_a_second_build_stops_with_a_sentence(reference: Reference) -> None:
    sentence = f"The warehouse data/tieout.duckdb is in use by another process (PID {reference.first})"
    assert sentence in reference.second
    assert "Traceback" not in reference.second


def test_builds_that_are_killed_are_completed_by_the_next(
    files: dict[str, list[File]],
    reference: Reference,
    data_tests: Checks,
    new_warehouse: NewWarehouse,
    tally: Tally,
) -> None:
    """The next build may be killed too, and more may have been delivered before it."""
    moments = randomness("kills")
    killed = new_warehouse("killed")
    kills = 0
    for number, day in enumerate(DAYS):
        put(killed, f"inbox_{day}", files[day])
        kills += sum(kill_build(killed, moments) for _ in range(KILLS_A_DAY if number else 1))
        if moments.random() < 0.3:
            killed.build()
    killed.build()
    assert kills
    check_same(killed, reference.warehouse, data_tests, tally)
    tally.add("kills survived (build)", kills)
    tally.add("builds run", kills + 2)


def test_a_full_disk_stops_landing_between_two_batches(reference: Reference, tmp_path: Path, tally: Tally) -> None:
    sizes = randomness("landing on a full disk")
    inbox = reference.warehouse.folder / "inbox"
    whole = BronzeFolder(reference.warehouse.folder / "data" / "bronze")
    needed = sum(len(content) for content in whole.files().values()) // 1024
    for number in range(times(3, a_round=20)):
        bronze = BronzeFolder(tmp_path / f"bronze_{number}")
        bronze.path.mkdir()
        with small_disk(bronze.path, kilobytes=sizes.randint(16, needed // 2)) as disk:
            with pytest.raises(TieoutError, match=f"{FULL}.*land again"):
                land(inbox, bronze.path)
            bronze.check_manifests()
            assert not (bronze.path / ".landing").exists()
            disk.resize(100 * needed)
            land(inbox, bronze.path)
            assert bronze.files() == whole.files()
        tally.add("full disks survived", 1)


def test_a_full_disk_stops_a_build_that_the_next_one_completes(
    files: dict[str, list[File]],
    reference: Reference,
    data_tests: Checks,
    new_warehouse: NewWarehouse,
    tally: Tally,
) -> None:
    sizes = randomness("building on a full disk")
    warehouse = new_warehouse("full")
    with small_disk(warehouse.database.parent, kilobytes=PLENTY) as disk:
        for day in DAYS:
            put(warehouse, f"inbox_{day}", files[day])
            used = sum(path.stat().st_size for path in disk.folder.rglob("*") if path.is_file()) // 1024
            for _ in range(times(1 if day == DAYS[-1] else 0, a_round=1)):
                disk.resize(used + sizes.randint(100, 1500))
                printed = warehouse.run("dbt", *BUILD_WITHOUT_TESTS, fails=True)
                assert FULL in printed
                assert "Traceback" not in printed
                tally.add("full disks survived", 1)
            disk.resize(PLENTY)
        warehouse.build()
        tally.add("builds run", 1)
        check_same(warehouse, reference.warehouse, data_tests, tally)
