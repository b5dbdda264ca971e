"""The order of all tests, and which files run in the same process."""

from __future__ import annotations

import gc

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

# Results and parsed projects are large and form few cycles: to look for them often takes time and frees little.
gc.set_threshold(100_000, 50, 100)

# Files that share warehouses, by file. They run in the same process, one after the other.
SAME_PROCESS = {"tests/redshift/test_access.py": "tests/redshift/test_parity.py"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the files with long tests first, so that no process is left with a long file while the other one is idle."""
    items.sort(
        key=lambda item: (
            item.path.name != "test_parity.py",
            item.path.parent.name not in {"scenarios", "reliability", "redshift", "standin", "project"},
        )
    )


class _Scheduling(LoadFileScheduling):  # type: ignore[misc]  # xdist has no type annotations.
    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return SAME_PROCESS.get(file, file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    """Distribute tests by file, and files with common warehouses to the same process."""
    return _Scheduling(config, log) if config.getvalue("dist") == "loadfile" else None
