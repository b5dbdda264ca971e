"""Warehouses for the scenarios."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.python.warehouse import Warehouse

# Two months, all currencies, every kind of fault in every entity, and fraud.
FAULTY_BANK = "--days 6 --start 2025-01-29 --customers 2000 --transactions-per-day 250 --fraud 0.02 --seed 12".split()

MadeOnce = Callable[[str, Callable[[Path], object]], Path]


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> MadeOnce:
    """Make a folder once for all processes of this run, which wait for the one that makes it."""
    root = tmp_path_factory.getbasetemp()
    root = root.parent if "PYTEST_XDIST_WORKER" in os.environ else root

    def made(name: str, make: Callable[[Path], object]) -> Path:
        folder, done = root / name, root / f"{name}.done"
        with (root / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                shutil.rmtree(folder, ignore_errors=True)  # of one that failed
                folder.mkdir()
                make(folder)
                done.touch()
        return folder

    return made


@pytest.fixture(scope="session")
def parsed(made_once: MadeOnce) -> Path:
    """The project as dbt keeps it parsed, for all warehouses."""
    folder = made_once("parsed", lambda folder: Warehouse(folder).run("dbt", "parse"))
    return folder / "target" / "partial_parse.msgpack"


def new_in(folder: Path, parsed: Path) -> Warehouse:
    """Make a warehouse in a folder, for which the project need not be parsed again."""
    made = Warehouse(folder)
    made.database.parent.mkdir()
    (made.folder / "target").mkdir()
    shutil.copy(parsed, made.folder / "target")
    return made


@pytest.fixture(scope="session")
def new_warehouse(tmp_path_factory: pytest.TempPathFactory, parsed: Path) -> Callable[[str], Warehouse]:
    """Make a warehouse in a folder of its own; the project is parsed once for all of them."""
    return lambda name: new_in(tmp_path_factory.mktemp(name), parsed)


@pytest.fixture
def warehouse(new_warehouse: Callable[[str], Warehouse]) -> Warehouse:
    return new_warehouse("warehouse")


@pytest.fixture(scope="session")
def built_once(made_once: MadeOnce, parsed: Path) -> Warehouse:
    """Four generated days, built; for tests that only need some warehouse, to be read only."""

    def make(folder: Path) -> None:
        made = new_in(folder, parsed)
        made.run(
            *"tieout generate --days 4 --start 2025-01-01 --customers 50 --transactions-per-day 100 --seed 3".split(),
            *("--inbox", str(made.inbox)),
        )
        made.land()
        made.build()

    return Warehouse(made_once("built", make))


@pytest.fixture
def built_warehouse(built_once: Warehouse, tmp_path: Path) -> Warehouse:
    """A copy of the built warehouse, to do damage to."""
    folder = tmp_path / "copy"
    shutil.copytree(built_once.folder, folder)
    return Warehouse(folder)


@pytest.fixture(scope="session")
def faulty_bank(made_once: MadeOnce, parsed: Path) -> Warehouse:
    """A warehouse of deliveries half of which are faulty, to be read only.

    Beside its inbox stand `truth`, what is wrong with it, and `clean`, the same bank's deliveries without faults.
    """

    def make(folder: Path) -> None:
        made = new_in(folder, parsed)
        made.run("tieout", "generate", *FAULTY_BANK, "--inbox", str(folder / "clean"), "--truth", str(folder / "fraud"))
        made.run(
            *("tieout", "generate", *FAULTY_BANK, "--faults", "0.5", "--inbox", str(made.inbox)),
            *("--truth", str(folder / "truth")),
        )
        made.run("tieout", "land", str(made.inbox), fails=True)
        # With the tests of the data: all of them pass, because every fault is caught.
        made.run("dbt", "build", "--exclude-resource-type", "unit_test")

    return Warehouse(made_once("faulty_bank", make))
