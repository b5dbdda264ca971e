"""Fixtures of the Redshift tests: the stand-in, the parsed project, and the warehouse that several files use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from redshift_standin import StandIn
from tests.python.scenarios.conftest import MadeOnce, made_once, parsed
from tests.python.warehouse import Warehouse
from tests.redshift.warehouse import RedshiftWarehouse
from tests.standin.fixtures import stand_in, temporary

__all__ = ["made_once", "parsed", "stand_in", "temporary"]  # pytest looks for fixtures here

# Nothing listens on port 9.
NO_SERVER = {"REDSHIFT_HOST": "127.0.0.1", "REDSHIFT_PORT": "9", "REDSHIFT_DATABASE": "none"}


@pytest.fixture(scope="session")
def parsed_prod(made_once: MadeOnce) -> Path:
    """The file in which dbt keeps the parsed project of target prod. Parsing needs no server."""
    folder = made_once("parsed_prod", lambda folder: Warehouse(folder, "prod", NO_SERVER).run("dbt", "parse"))
    return folder / "target" / "partial_parse.msgpack"


@pytest.fixture(scope="session")
def prod(tmp_path_factory: pytest.TempPathFactory, parsed_prod: Path) -> Iterator[RedshiftWarehouse]:
    """A warehouse that test_parity.py builds, and test_access.py uses afterwards."""
    with StandIn() as started:
        yield RedshiftWarehouse.on(started, tmp_path_factory.mktemp("prod"), parsed_prod)
