"""The parsed project, read once by the server of tests/python/forks.py. To read it takes a fifth of a small build.

The schemas by which dbt validates its configuration are made once too, and what guesses the types of results.

Only the server imports this module, when it starts.
"""

from __future__ import annotations

import gc
import os
from pathlib import Path

from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.redshift.connections import RedshiftCredentials
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.project import PackageConfig, ProfileConfig, Project, ProjectFlags
from dbt.parser.manifest import extended_mashumuro_decoder
from dbt_common.contracts.constraints import ColumnLevelConstraint

from tests.python.forks import PARSED
from tests.python.shortcuts import type_tester


def _read() -> Manifest | None:
    path = Path(os.environ.get(PARSED, ""))
    if not path.is_file():
        return None
    manifest: Manifest = Manifest.from_msgpack(path.read_bytes(), decoder=extended_mashumuro_decoder)
    manifest.build_flat_graph()  # type: ignore[no-untyped-call]
    gc.freeze()  # the forks share it
    return manifest


for validated in (
    *(Project, ProjectFlags, PackageConfig, ProfileConfig, ColumnLevelConstraint),
    *(DuckDBCredentials, RedshiftCredentials),
):
    validated.json_schema()
type_tester()
MANIFEST = _read()
