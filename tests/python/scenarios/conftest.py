"""Warehouses for the scenarios."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from redshift_standin.server import DATABASE
from tests.python.data_tests import DataTests, compiled_data_tests
from tests.python.forks import PARSED
from tests.python.warehouse import PROJECT, Warehouse

# Two months, all currencies, fraud, and with `--faults` every kind of fault in every entity.
FAULTY_BANK = "--days 6 --start 2025-01-29 --customers 2000 --transactions-per-day 250 --fraud 0.02 --seed 12".split()
# Orphans of some kinds are rare. Only --fault asks for keys that are used again.
FAULTS = "--control-files --faults 0.45 --fault orphan=0.08 --fault reused_key=0.05".split()

# Nothing listens on port 9. Parsing needs no server.
NO_SERVER = {"REDSHIFT_HOST": "127.0.0.1", "REDSHIFT_PORT": "9", "REDSHIFT_DATABASE": DATABASE}

# `make lint-pages` leaves it. dbt parses again what has changed since.
PARSED_BY_PAGES = PROJECT / "target" / "pages" / "target" / "partial_parse.msgpack"

MadeOnce = Callable[[str, Callable[[Path], object]], Path]


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> MadeOnce:
    """Make a folder once for all pytest processes. The other processes wait for the one that makes it."""
    root = tmp_path_factory.getbasetemp()
    root = root.parent if "PYTEST_XDIST_WORKER" in os.environ else root

    def made(name: str, make: Callable[[Path], object]) -> Path:
        folder, done = root / name, root / f"{name}.done"
        with (root / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                shutil.rmtree(folder, ignore_errors=True)  # left by an attempt that failed
                folder.mkdir()
                make(folder)
                done.touch()
        return folder

    return made


@pytest.fixture(scope="session")
def parsed_projects(request: pytest.FixtureRequest, made_once: MadeOnce) -> dict[str, Path]:
    """The file in which dbt keeps the parsed project, by target, for the warehouses and the server of their commands.

    The server reads the files when it starts, so they are made before, and not by it. Parsing for Redshift takes
    seconds, so it is done only if tests for Redshift are run. Every second process begins with the other target, so
    that two of them parse at the same time.
    """
    targets: dict[str, dict[str, str]] = {"dev": {}}
    if any("redshift" in item.path.parts for item in request.session.items):
        targets["prod"] = NO_SERVER
    files = {}
    is_second = os.environ.get("PYTEST_XDIST_WORKER", "gw0")[-1] in "13579"
    for target, environment in sorted(targets.items(), reverse=is_second):

        def parse(folder: Path, target: str = target, environment: dict[str, str] = environment) -> None:
            dbt = [sys.executable, "-m", "tests.python.parse"]
            variables = {**Warehouse(folder, target, environment).variables(), "PYTHONPATH": str(PROJECT)}
            if target == "dev" and PARSED_BY_PAGES.exists():
                (folder / "target").mkdir()
                shutil.copy(PARSED_BY_PAGES, folder / "target")
            subprocess.run(dbt, cwd=folder, env=variables, check=True, capture_output=True)

        files[target] = made_once(f"parsed_{target}", parse) / "target" / "partial_parse.msgpack"
    os.environ[PARSED] = json.dumps({target: str(file) for target, file in files.items()})
    return files


@pytest.fixture(scope="session")
def parsed(parsed_projects: dict[str, Path]) -> Path:
    """The file in which dbt keeps the parsed project for DuckDB."""
    return parsed_projects["dev"]


def new_in(folder: Path, parsed: Path) -> Warehouse:
    """Make an empty warehouse in a folder. dbt does not parse the project again for it."""
    made = Warehouse(folder)
    made.database.parent.mkdir()
    (made.folder / "target").mkdir()
    shutil.copy(parsed, made.folder / "target")
    return made


@pytest.fixture(scope="session")
def new_warehouse(tmp_path_factory: pytest.TempPathFactory, parsed: Path) -> Callable[[str], Warehouse]:
    """Make an empty warehouse in its own folder."""
    return lambda name: new_in(tmp_path_factory.mktemp(name), parsed)


@pytest.fixture(scope="session")
def empty_warehouse(
    tmp_path_factory: pytest.TempPathFactory, made_once: MadeOnce, parsed: Path
) -> Callable[[str], Warehouse]:
    """Make a warehouse in its own folder in which everything has been built once, without deliveries.

    So its next build only builds what reads the files that have landed.
    """

    def built(folder: Path) -> None:
        new_in(folder, parsed).build()

    def copy(name: str) -> Warehouse:
        folder = tmp_path_factory.mktemp(name)
        shutil.copytree(made_once("empty", built), folder, dirs_exist_ok=True)
        return Warehouse(folder)

    return copy


@pytest.fixture
def warehouse(new_warehouse: Callable[[str], Warehouse]) -> Warehouse:
    return new_warehouse("warehouse")


@pytest.fixture(scope="session")
def built_once(made_once: MadeOnce, parsed: Path) -> Warehouse:
    """Four generated days, built. Read only: for tests that need any warehouse."""

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
    """A copy of the built warehouse that a test may change."""
    folder = tmp_path / "copy"
    shutil.copytree(built_once.folder, folder)
    return Warehouse(folder)


@pytest.fixture(scope="session")
def faulty_bank(made_once: MadeOnce, parsed: Path) -> Warehouse:
    """A warehouse in which half of the deliveries are faulty. Read only.

    Its folder also holds `truth`, the list of faults, and `clean`, the deliveries of the same bank without faults.
    """

    def make(folder: Path) -> None:
        made = new_in(folder, parsed)
        made.run("tieout", "generate", *FAULTY_BANK, "--inbox", str(folder / "clean"), "--truth", str(folder / "fraud"))
        made.run(
            *("tieout", "generate", *FAULTY_BANK, *FAULTS),
            *("--inbox", str(made.inbox), "--truth", str(folder / "truth")),
        )
        made.run("tieout", "land", str(made.inbox), fails=True)
        made.build()

    return Warehouse(made_once("faulty_bank", make))


@pytest.fixture(scope="session")
def data_tests(made_once: MadeOnce, parsed: Path) -> DataTests:
    """All data tests of the project."""

    def make(folder: Path) -> None:
        (folder / "tests.json").write_text(json.dumps(compiled_data_tests(new_in(folder, parsed))), encoding="utf-8")

    tests: DataTests = json.loads((made_once("data_tests", make) / "tests.json").read_text(encoding="utf-8"))
    return tests
