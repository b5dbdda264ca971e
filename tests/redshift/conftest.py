"""Fixtures of the Redshift tests: the stand-in, the parsed project, and the warehouse that several files use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from redshift_standin import StandIn
from tests.python.conftest import aws, aws_double, s3_root
from tests.python.scenarios.conftest import made_once, parsed, parsed_projects
from tests.redshift.warehouse import RedshiftWarehouse
from tests.standin.fixtures import stand_in, temporary

__all__ = [
    "aws",
    "aws_double",
    "made_once",
    "parsed",
    "parsed_projects",
    "s3_root",
    "stand_in",
    "temporary",
]  # pytest looks for fixtures here


@pytest.fixture(scope="session")
def parsed_prod(parsed_projects: dict[str, Path]) -> Path:
    """The file in which dbt keeps the parsed project of target prod."""
    return parsed_projects["prod"]


@pytest.fixture(scope="session")
def prod(tmp_path_factory: pytest.TempPathFactory, parsed_prod: Path) -> Iterator[RedshiftWarehouse]:
    """A warehouse that test_parity.py builds, and test_access.py uses afterwards."""
    with StandIn() as started:
        yield RedshiftWarehouse.on(started, tmp_path_factory.mktemp("prod"), parsed_prod)
