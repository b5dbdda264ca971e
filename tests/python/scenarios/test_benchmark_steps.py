"""The scripts that the benchmark compares with Tieout have the results of the warehouse."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.cases.side_by_side import export
from tests.python.warehouse import PROJECT, Warehouse


@pytest.mark.parametrize("script", ["duckdb_steps", "polars_steps"])
def test_a_script_has_the_results_of_the_warehouse(built_once: Warehouse, tmp_path: Path, script: str) -> None:
    expected = export(built_once.database, tmp_path / "dimensions")
    bronze = built_once.folder / "data" / "bronze"
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.steps.{script}", str(bronze), str(tmp_path / "dimensions"), str(tmp_path)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == expected
    assert int(expected["fact"][0]) == 400
