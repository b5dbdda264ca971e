"""The steps as a bare DuckDB script: `python -m benchmarks.steps.duckdb_steps BRONZE DIMENSIONS OUTPUT`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb

from benchmarks.steps.sql import DIMENSIONS, steps, totals_query


def main(bronze: Path, dimensions: Path, output: Path) -> None:
    """Make a table of each step in a DuckDB file."""
    with duckdb.connect(str(output / "steps.duckdb"), config={"preserve_insertion_order": False}) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for name in DIMENSIONS:
            connection.execute(f"create view {name} as from '{dimensions / name}.parquet'")
        connection.execute(
            "create view delivered as select *, filename as source_file "
            f"from read_csv('{bronze}/banking/transactions/*/*.csv', all_varchar = true, filename = true)"
        )
        totals = {}
        for step, query in steps("sha256({})").items():
            connection.execute(f"create table {step} as {query}")
            totals[step] = connection.execute(totals_query(step)).fetchall()[0]
    json.dump(totals, sys.stdout)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
