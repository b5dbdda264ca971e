"""The order of all tests."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole warehouses first: what takes long must not come last, when the other process has nothing left to do."""
    items.sort(
        key=lambda item: (
            item.path.name != "test_parity.py",
            item.path.parent.name not in {"scenarios", "reliability", "redshift", "project"},
        )
    )
