"""The parsed project by target, read once by the server of tests/python/forks.py: a fifth of the time of a small build.

The schemas by which dbt validates its configuration are made once too, and what guesses the types of results.

Only the server imports this module, when it starts.
"""

from __future__ import annotations

import gc
import json
import os
from pathlib import Path

from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.redshift.connections import RedshiftCredentials
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.project import Configuration, PackageConfig, ProfileConfig, Project, ProjectFlags
from dbt.contracts.selection import SelectorFile
from dbt.parser.manifest import extended_mashumuro_decoder
from dbt_common.contracts.constraints import ColumnLevelConstraint

from tests.python.forks import PARSED
from tests.python.shortcuts import type_tester


def _read() -> dict[str, Manifest]:
    manifests: dict[str, Manifest] = {}
    for target, file in json.loads(os.environ.get(PARSED, "{}")).items():
        manifest: Manifest = Manifest.from_msgpack(Path(file).read_bytes(), decoder=extended_mashumuro_decoder)
        manifest.build_flat_graph()  # type: ignore[no-untyped-call]
        manifests[target] = manifest
    if "dev" in manifests:
        manifests["ci"] = manifests["dev"]  # They differ in the selector that a command uses by default.
    gc.freeze()  # the forks share them
    return manifests


for validated in (
    *(Configuration, Project, ProjectFlags, PackageConfig, ProfileConfig, SelectorFile, ColumnLevelConstraint),
    *(DuckDBCredentials, RedshiftCredentials),
):
    validated.json_schema()
type_tester()
MANIFESTS = _read()
