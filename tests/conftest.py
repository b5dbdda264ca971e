"""The order of all tests, which files run in the same process, and where their folders are."""

from __future__ import annotations

import gc
import os
import re
import shutil
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from tests.python.optimizer import OPTIMIZER

# Results and parsed projects are large and form few cycles: to look for them often takes time and frees little.
gc.set_threshold(100_000, 50, 100)

# Files that share warehouses, by file. They run in the same process, one after the other.
SAME_PROCESS = {"tests/redshift/test_access.py": "tests/redshift/test_parity.py"}

# Every statement that changes a warehouse waits until the disk has it. In memory it does not wait.
MEMORY = Path("/dev/shm")
MOST_BYTES_OF_ALL_FOLDERS = 8 * 2**30


def pytest_configure(config: pytest.Config) -> None:
    """Put the folders of the tests into memory where there is enough of it, unless the user has named a folder."""
    if not (config.getoption("basetemp") or "PYTEST_DEBUG_TEMPROOT" in os.environ) and _has_room(MEMORY):
        os.environ["PYTEST_DEBUG_TEMPROOT"] = str(MEMORY)


def _has_room(folder: Path) -> bool:
    memory = Path("/proc/meminfo")
    if not (memory.exists() and os.access(folder, os.W_OK)):
        return False
    found = re.search(r"^MemAvailable:\s+(\d+) kB$", memory.read_text(encoding="ascii"), re.MULTILINE)
    available = int(found[1]) * 1024 if found else 0
    return min(available, shutil.disk_usage(folder).free) > MOST_BYTES_OF_ALL_FOLDERS


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the files with long tests first, so that no process is left with a long file while the other one is idle."""
    items.sort(
        key=lambda item: (
            item.path.name != "test_parity.py",
            item.path.parent.name not in {"scenarios", "reliability", "redshift", "standin", "project"},
        )
    )


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let DuckDB optimize the queries of long tests, which have many rows, from their first fixture on."""
    if item.get_closest_marker("long"):
        os.environ[OPTIMIZER] = "on"
    else:
        os.environ.pop(OPTIMIZER, None)


class _Scheduling(LoadFileScheduling):  # type: ignore[misc]  # xdist has no type annotations.
    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return SAME_PROCESS.get(file, file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    """Distribute tests by file, and files with common warehouses to the same process."""
    return _Scheduling(config, log) if config.getvalue("dist") == "loadfile" else None
