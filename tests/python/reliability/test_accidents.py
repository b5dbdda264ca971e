"""Builds and landings that are killed, started twice or run out of disk: the next run gives the right result."""

from __future__ import annotations

import os
import random
import re
import signal
import time
from collections.abc import Callable, Sequence
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from loaders.errors import TieoutError
from loaders.land import land
from tests.python.conftest import BronzeFolder
from tests.python.data_tests import DataTests
from tests.python.hard_deliveries import LOANS, TRANSACTIONS, loan, transaction
from tests.python.reliability.comparison import check_same
from tests.python.reliability.disks import small_disk
from tests.python.reliability.histories import Bank, File, put
from tests.python.reliability.tally import ROUNDS, Tally, randomness, times
from tests.python.warehouse import BUILD_WITHOUT_TESTS, Warehouse

NewWarehouse = Callable[[str], Warehouse]
# So much data that DuckDB's write-ahead log reaches its limit, so it is checkpointed during a build.
LARGER_BANK = (
    *"--days 5 --start 2025-01-29 --customers 500 --transactions-per-day 4000 --orders-per-day 200".split(),
    *"--faults 0.05 --fraud 0.01".split(),
)
PROGRESS = re.compile(r"(\d+) of (\d\d+) (?:START|OK)")
FULL = "No space left on device"
PLENTY = 200_000  # kilobytes


@pytest.fixture(scope="module")
def reference(built_once: Warehouse, new_warehouse: NewWarehouse) -> Warehouse:
    """A warehouse without accidents. In `make torture` it has more deliveries, with faults and fraud."""
    if not ROUNDS:
        return built_once
    made = new_warehouse("reference")
    made.run("tieout", "generate", *LARGER_BANK, "--inbox", str(made.inbox))
    made.run("tieout", "land", "--allow-refused", str(made.inbox))
    made.build()
    return made


@pytest.fixture(scope="module")
def deliveries(reference: Warehouse) -> list[list[File]]:
    """The deliveries to it, by day. In `make test` some days arrive together."""
    files = Bank(reference.inbox).files
    days = sorted({file.day for file in files})
    parts = [[day] for day in days] if ROUNDS else [days[:1], days[1:2], days[2:]]
    return [[file for file in files if file.day in part] for part in parts]


def start_build(warehouse: Warehouse, options: Sequence[str] = ()) -> BaseProcess:
    warehouse.output.unlink(missing_ok=True)
    return warehouse.start("dbt", *BUILD_WITHOUT_TESTS, *options)


def wait_for(build: BaseProcess, warehouse: Warehouse, progress: float) -> None:
    """Wait until a share of the build, from 0 to 1, has begun."""

    def begun() -> float:
        printed = warehouse.output.read_text(errors="replace") if warehouse.output.exists() else ""
        return max((int(number) / int(of) for number, of in PROGRESS.findall(printed)), default=-1)

    while build.is_alive() and begun() < progress:
        time.sleep(0.02)


def kill_build(warehouse: Warehouse, moments: random.Random, during: Callable[[], object] = int) -> bool:
    """Start a build, do something during it and kill it at a random moment. Return whether it was still running."""
    build = start_build(warehouse, moments.choice([(), (), ("--full-refresh",)]))
    # From the very beginning, with the bronze views, the seeds and the delivery log.
    shares = sorted(moments.uniform(-0.1, 1) for _ in range(2))
    for share, action in zip(shares, (during, build.kill), strict=True):
        wait_for(build, warehouse, share)
        time.sleep(moments.uniform(0, 0.3))
        action()
    build.join()
    # Readers can use the file before the next build.
    assert warehouse.value("select count(*) from duckdb_tables()"), "the database cannot be read"
    return build.exitcode == -signal.SIGKILL


def build_twice(warehouse: Warehouse) -> None:
    """Start a build, and a second one during the first."""
    first = start_build(warehouse)
    wait_for(first, warehouse, 0.1)
    output = warehouse.folder / "second.txt"
    second = warehouse.start("dbt", *BUILD_WITHOUT_TESTS, output=output)
    second.join()
    assert first.is_alive(), "the first build ended before the second one began"
    first.join()
    printed = output.read_text()
    assert (first.exitcode, second.exitcode) == (0, 2), warehouse.output.read_text() + printed
    assert f"The warehouse data/tieout.duckdb is in use by another process (PID {first.pid})" in printed
    assert "Traceback" not in printed


def test_the_next_build_completes_killed_builds(
    deliveries: list[list[File]],
    reference: Warehouse,
    data_tests: DataTests,
    new_warehouse: NewWarehouse,
    tally: Tally,
) -> None:
    """Several builds in a row are killed while new deliveries land. The last build is started twice."""
    moments = randomness("builds are killed")
    killed = new_warehouse("killed")
    put(killed, "inbox_0", deliveries[0])
    kills = completed = 0
    for number, files in enumerate(deliveries[1:], start=1):
        kills += kill_build(killed, moments, partial(put, killed, f"inbox_{number}", files))
        kills += sum(kill_build(killed, moments) for _ in range(times(0, a_round=6)))
        if ROUNDS and moments.random() < 0.3:
            killed.build()
            completed += 1
    build_twice(killed)
    assert kills
    check_same(killed, reference, data_tests, tally)
    tally.add("kills survived (build)", kills)
    tally.add("builds run", kills + completed + 2)


@pytest.mark.extended
def test_the_first_file_of_an_entity_may_land_during_a_build(warehouse: Warehouse) -> None:
    """The delivery log lists the file, although the bronze view of the entity was created before there was one."""
    warehouse.deliver("2025-01-01", "transactions", TRANSACTIONS + transaction("T1", "A1", "10.00", "2025-01-01"))
    build = warehouse.start(
        *("dbt", "build", "--threads", "1", "--exclude-resource-type", "test"),
        *("--select", "base_control__deliveries", "+deliveries", "+rejected_rows"),
    )
    wait_for(build, warehouse, 0.001)  # the unit tests of the delivery log begin
    assert build.pid is not None
    os.kill(build.pid, signal.SIGSTOP)
    warehouse.deliver("2025-01-01", "loans", LOANS + loan("L1", "A1", "C1", "Active", "2025-01-02") + "L2,cut off\n")
    warehouse.land()
    os.kill(build.pid, signal.SIGCONT)
    build.join()
    assert build.exitcode == 0, warehouse.output.read_text()
    assert warehouse.query(
        "select entity, delivered_rows, malformed_rows, base_rows, is_tied from dev_audit.deliveries order by 1"
    ) == [("loans", 2, 1, 1, True), ("transactions", 1, 0, 1, True)]
    assert warehouse.query("select entity from dev_audit.rejected_rows where rejected_by = 'landing'") == [("loans",)]


def test_landing_on_a_full_disk_leaves_whole_batches(reference: Warehouse, tmp_path: Path, tally: Tally) -> None:
    sizes = randomness("landing on a full disk")
    whole = BronzeFolder(reference.folder / "data" / "bronze")
    needed = sum(len(content) for content in whole.files().values()) // 1024
    for number in range(times(3, a_round=20)):
        bronze = BronzeFolder(tmp_path / f"bronze_{number}")
        bronze.path.mkdir()
        with small_disk(bronze.path, kilobytes=sizes.randint(16, needed // 2)) as disk:
            with pytest.raises(TieoutError, match=f"{FULL}.*land again"):
                land(reference.inbox, bronze.path)
            bronze.check_manifests()
            assert not (bronze.path / ".landing").exists()
            disk.resize(PLENTY)
            land(reference.inbox, bronze.path)
            assert bronze.files() == whole.files()
        tally.add("full disks survived", 1)


@pytest.mark.long
def test_the_next_build_completes_one_that_a_full_disk_stopped(
    deliveries: list[list[File]],
    reference: Warehouse,
    data_tests: DataTests,
    new_warehouse: NewWarehouse,
    tally: Tally,
) -> None:
    sizes = randomness("building on a full disk")
    warehouse = new_warehouse("full")
    with small_disk(warehouse.database.parent, PLENTY) as disk:
        for number, files in enumerate(deliveries):
            put(warehouse, f"inbox_{number}", files)
            used = sum(path.stat().st_size for path in disk.folder.rglob("*") if path.is_file()) // 1024
            for _ in range(times(1, a_round=1)):
                disk.resize(used + sizes.randint(100, 1500))
                printed = warehouse.run("dbt", *BUILD_WITHOUT_TESTS, fails=True)
                assert FULL in printed
                assert "Traceback" not in printed
                tally.add("full disks survived", 1)
                disk.resize(PLENTY)
        warehouse.build()
        tally.add("builds run", 1)
        check_same(warehouse, reference, data_tests, tally)


def test_files_of_an_interrupted_landing_are_not_loaded(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """The source sends a corrected file before the landing is resumed. Only the corrected file is loaded."""
    good = transaction("T1", "A1", "10.00", "2025-01-01 08:00:00")
    of_day = ("2025-01-01", "transactions", "")
    rename: Callable[[Path, Path], Path] = Path.replace

    def stopped_before_the_manifest(path: Path, target: Path) -> Path:
        if target.parent.parent.name == "deliveries":
            raise KeyboardInterrupt
        return rename(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", stopped_before_the_manifest)
        with pytest.raises(KeyboardInterrupt):
            put(warehouse, "inbox_0", [File(*of_day, f"{TRANSACTIONS}{good}T2,never delivered\n".encode())])
    corrected = TRANSACTIONS + good.replace("10.00", "12.00") + "T3,delivered\n"
    put(warehouse, "inbox_1", [File(*of_day, corrected.encode())])
    warehouse.build("--select", "+rejected_rows", "+deliveries")
    assert warehouse.query("select delivered_rows, delivered_amount, is_tied from dev_audit.deliveries") == [
        (2, 12, True)
    ]
    assert warehouse.query("select rejected_by, source_line from dev_audit.rejected_rows") == [("landing", 3)]
    warehouse.run("tieout", "rejects", "export", str(warehouse.folder / "rejects"))
    exported = [path.read_text() for path in (warehouse.folder / "rejects" / "inbox").rglob("*.csv")]
    assert [line for text in exported for line in text.splitlines()[1:]] == ['"T3,delivered"' + "," * 17]
    assert "contains this id and did not land" in warehouse.run("tieout", "explain", "T3")
    assert "has loaded no row with the key 'T2'" in warehouse.run("tieout", "explain", "T2", fails=True)
