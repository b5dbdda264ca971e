"""The order of all tests."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the files with long tests first, so that no process is left with a long file while the other one is idle."""
    items.sort(
        key=lambda item: (
            item.path.name != "test_parity.py",
            item.path.parent.name not in {"scenarios", "reliability", "redshift", "standin", "project"},
        )
    )
