"""Fixtures for tests that run a stand-in."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from redshift_standin import StandIn


@pytest.fixture(scope="module")
def stand_in() -> Iterator[StandIn]:
    """A stand-in for all tests of a file."""
    with StandIn() as started:
        yield started


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A private temporary folder for stand-ins, so that a test sees what they leave behind.

    It is not pytest's tmp_path, because the path of a Unix socket must be short.
    """
    with tempfile.TemporaryDirectory(prefix="tieout-") as folder:
        Path(folder).chmod(0o1777)
        monkeypatch.setenv("TMPDIR", folder)
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)
