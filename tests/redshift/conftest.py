"""One stand-in for all tests of a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.python.warehouse import FORKS
from tests.redshift.standin.server import StandIn

FORKS.set_forkserver_preload(["dbt.cli.main", "dbt.adapters.duckdb", "dbt.adapters.redshift"])


@pytest.fixture(scope="module")
def stand_in() -> Iterator[StandIn]:
    with StandIn() as started:
        yield started
