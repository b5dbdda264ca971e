"""Builds of tests render the same queries as the command `dbt`."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.python.warehouse import Warehouse

pytestmark = pytest.mark.extended

# Times and ids of the run.
OF_THE_RUN = re.compile(
    r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?(\+00:00)?|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
)


def queries(target: Path) -> dict[str, str]:
    """Return the compiled queries by file, without what differs from run to run."""
    folder = target / "compiled"
    return {
        str(path.relative_to(folder)): OF_THE_RUN.sub("", path.read_text(encoding="utf-8"))
        for path in folder.rglob("*.sql")
    }


def test_builds_of_tests_render_the_queries_of_the_command(built_warehouse: Warehouse) -> None:
    target = built_warehouse.folder / "target"
    shutil.rmtree(target / "compiled")  # of the build: only a build compiles hooks
    built_warehouse.run("dbt", "compile")
    shortened = queries(target)
    shutil.rmtree(target / "compiled")
    dbt = [str(Path(sys.executable).with_name("dbt")), "compile"]
    subprocess.run(dbt, cwd=built_warehouse.folder, env=built_warehouse.variables(), check=True, capture_output=True)
    assert len(shortened) > 300
    assert queries(target) == shortened
