"""Two runs at once on Redshift: one writes, the other ends with a message. The lock of a killed run expires."""

from __future__ import annotations

import dataclasses
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from redshift_standin import StandIn
from tests.redshift.warehouse import RedshiftWarehouse

pytestmark = pytest.mark.extended

# The fastest command that writes.
# A seed whose file has not changed is not written, except by a full refresh.
WRITE = ("dbt", "seed", "--full-refresh", "--select", "channels")
_WAIT_SECONDS = 60


@pytest.fixture(scope="module")
def warehouses(
    stand_in: StandIn, tmp_path_factory: pytest.TempPathFactory, parsed_prod: Path
) -> list[RedshiftWarehouse]:
    """Two checkouts with the same warehouse."""
    one = RedshiftWarehouse.on(stand_in, tmp_path_factory.mktemp("one"), parsed_prod)
    one.run(*WRITE)
    other = dataclasses.replace(one, folder=tmp_path_factory.mktemp("other"))
    other.reuse_parsed(parsed_prod)
    return [one, other]


@pytest.fixture
def one(warehouses: list[RedshiftWarehouse]) -> RedshiftWarehouse:
    return warehouses[0]


@pytest.fixture
def other(warehouses: list[RedshiftWarehouse]) -> RedshiftWarehouse:
    return warehouses[1]


def locks(warehouse: RedshiftWarehouse) -> list[tuple[object, ...]]:
    return warehouse.fetch("select command, database_user from prod_silver.run_lock")


@contextmanager
def locked(warehouse: RedshiftWarehouse, table: str) -> Iterator[None]:
    """Prevent all other sessions from writing to a table."""
    connection = warehouse.stand_in.superuser()
    connection.autocommit = False
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"lock table {table} in exclusive mode")
        yield
    finally:
        connection.close()


def waiting(warehouse: RedshiftWarehouse, table: str) -> list[int]:
    """Return the sessions that wait for a table."""
    return [
        row[0]
        for row in warehouse.fetch(
            f"select pid from pg_locks where relation = '{table}'::regclass and not granted order by 1"
        )
    ]


def wait_until(done: Callable[[], object]) -> None:
    deadline = time.monotonic() + _WAIT_SECONDS
    while not done():
        assert time.monotonic() < deadline, "the condition did not become true"
        time.sleep(0.05)


def let_time_pass(warehouse: RedshiftWarehouse, minutes: int) -> None:
    """Shift everything recorded so far into the past."""
    warehouse.stand_in.history.write()
    with warehouse.stand_in.superuser() as connection, connection.cursor() as cursor:
        ago = f"interval '{minutes} minutes'"
        cursor.execute(f"update rs.statements set start_time = start_time - {ago}, end_time = end_time - {ago}")
        cursor.execute(f"update prod_silver.run_lock set began_at = began_at - {ago}")


def test_the_second_run_ends_with_a_message_and_the_first_one_continues(
    one: RedshiftWarehouse, other: RedshiftWarehouse
) -> None:
    with ThreadPoolExecutor(1) as pool:
        with locked(one, "prod_silver.channels"):
            first = pool.submit(one.run, *WRITE)
            wait_until(lambda: waiting(one, "prod_silver.channels"))
            assert locks(one) == [("seed", "dbt")]
            # However long the statement takes, a running statement keeps the lock.
            let_time_pass(one, minutes=60)
            printed = other.run(*WRITE, fails=True)
            assert "Another run is writing to the schemas prod_*: dbt seed, started" in printed
            assert "by dbt, invocation" in printed
            assert "One of its statements is still running." in printed
            assert "Only one run may write at a time. Run this command again when the other run has ended." in printed
            assert "START seed" not in printed
            # Commands that do not write may run.
            other.run("dbt", "test", "--select", "channels_rules")
            assert locks(one) == [("seed", "dbt")]
        assert "Completed successfully" in first.result()
    assert locks(one) == []
    other.run(*WRITE)


def test_of_two_runs_that_start_at_the_same_moment_one_writes(one: RedshiftWarehouse, other: RedshiftWarehouse) -> None:
    def run(warehouse: RedshiftWarehouse) -> str:
        try:
            return warehouse.run(*WRITE)
        except AssertionError as refused:
            return str(refused)

    with ThreadPoolExecutor(2) as pool:
        with locked(one, "prod_silver.channels"):
            # Both find no lock, and wait to write their own.
            with locked(one, "prod_silver.run_lock"):
                runs: list[Future[str]] = [pool.submit(run, warehouse) for warehouse in (one, other)]
                wait_until(lambda: len(waiting(one, "prod_silver.run_lock")) == 2)
            wait_until(lambda: any(run.done() for run in runs))
        printed = sorted((run.result() for run in runs), key=lambda text: "Another run" in text)
    assert "Completed successfully" in printed[0]
    assert "Another run is writing to the schemas prod_*: dbt seed, started" in printed[1]
    assert "START seed" not in printed[1]
    assert locks(one) == []


def kill_run(warehouse: RedshiftWarehouse) -> None:
    """Start a run that writes, and kill it."""
    before = set(dbt_processes())
    with ThreadPoolExecutor(1) as pool, locked(warehouse, "prod_silver.channels"):
        run = pool.submit(warehouse.run, *WRITE, fails=True)
        wait_until(lambda: waiting(warehouse, "prod_silver.channels"))
        (process,) = set(dbt_processes()) - before
        os.kill(process, signal.SIGKILL)
        run.result()
    wait_until(lambda: not waiting(warehouse, "prod_silver.channels"))


def dbt_processes() -> list[int]:
    """Return the processes that run dbt: the children of this process's fork server."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if b"multiprocessing.forkserver" in (process / "cmdline").read_bytes():
                state = (process / "stat").read_text()
                found[int(process.name)] = int(state.rpartition(") ")[2].split()[1])
        except OSError:
            continue  # The process has just ended.
    return [process for process, parent in found.items() if found.get(parent) == os.getpid()]


def test_the_lock_of_a_killed_run_expires_after_five_minutes_without_statements(
    one: RedshiftWarehouse, other: RedshiftWarehouse
) -> None:
    kill_run(one)
    assert locks(one) == [("seed", "dbt")]
    let_time_pass(one, minutes=4)
    printed = other.run(*WRITE, fails=True)
    assert "seconds ago. If it was interrupted, its lock expires in" in printed
    assert locks(one) == [("seed", "dbt")]
    let_time_pass(one, minutes=1)
    printed = other.run(*WRITE)
    assert "UTC, was interrupted. Its lock is removed." in printed
    assert "Completed successfully" in printed
    assert locks(one) == []


def test_without_statements_in_the_history_the_lock_is_kept_until_the_history_shows_them(
    one: RedshiftWarehouse, other: RedshiftWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill_run(one)
    let_time_pass(one, minutes=60)
    with monkeypatch.context() as patched:
        patched.setattr(one.stand_in.history, "write", lambda: None)
        printed = other.run(*WRITE, fails=True)
    assert "sys_query_history does not show whether it is still running" in printed
    assert "delete from prod_silver.run_lock" in printed
    assert "was interrupted. Its lock is removed." in other.run(*WRITE)


def test_the_lock_of_another_user_is_not_removed(one: RedshiftWarehouse) -> None:
    with one.stand_in.superuser() as connection, connection.cursor() as cursor:
        cursor.execute("insert into prod_silver.run_lock values ('1', 'build', 'ada', timestamp '2025-01-01')")
    printed = one.run(*WRITE, fails=True)
    assert "dbt build, started 2025-01-01 00:00:00 UTC by ada, invocation 1." in printed
    assert "This user cannot see whether it is still running." in printed
    with one.stand_in.superuser() as connection, connection.cursor() as cursor:
        cursor.execute("delete from prod_silver.run_lock")
    one.run(*WRITE)


def test_a_failed_run_releases_its_lock(one: RedshiftWarehouse) -> None:
    with one.stand_in.superuser() as connection, connection.cursor() as cursor:
        cursor.execute("alter table prod_silver.channels rename column channel_id to renamed")
        cursor.execute("comment on table prod_silver.channels is null")  # so that it is loaded again
    printed = one.run("dbt", "seed", "--select", "channels", fails=True)
    assert "renamed" in printed or "channel_id" in printed
    assert locks(one) == []
    with one.stand_in.superuser() as connection, connection.cursor() as cursor:
        cursor.execute("alter table prod_silver.channels rename column renamed to channel_id")
    one.run(*WRITE)
