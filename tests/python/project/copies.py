"""Copies of the project that a test may change."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.python.warehouse import PROJECT, Warehouse

PARTS = (
    "analyses",
    "docs",
    "macros",
    "models",
    "seeds",
    "snapshots",
    "profiles",
    "tests/fixtures",
    "tests/generic",
    "tests/singular",
)


def copied(folder: Path) -> Path:
    """Copy what dbt and landing read of the project."""
    for part in PARTS:
        shutil.copytree(PROJECT / part, folder / part)
    for file in ("dbt_project.yml", "packages.yml"):
        shutil.copy(PROJECT / file, folder)
    (folder / "dbt_packages").symlink_to(PROJECT / "dbt_packages")
    return folder


def tieout(warehouse: Warehouse, *arguments: str) -> None:
    """Run the command in a process of its own: the processes that Warehouse forks have read the contract already."""
    environment = os.environ | warehouse.environment
    environment |= {
        "TIEOUT_BRONZE_ROOT": str(warehouse.folder / "data" / "bronze"),
        "DBT_PROFILES_DIR": str(warehouse.project / "profiles"),
    }
    done = subprocess.run(
        [Path(sys.executable).with_name("tieout"), *arguments],
        cwd=warehouse.folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
