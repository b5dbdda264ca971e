"""Whether DuckDB optimizes the queries of a test."""

from __future__ import annotations

import duckdb

OPTIMIZER = "TIEOUT_TESTS_OPTIMIZER"
"""The environment variable by which DuckDB optimizes queries, as for a user: only so does it skip files and columns."""


def disable_optimizer(connection: duckdb.DuckDBPyConnection) -> None:
    """Disable the optimizer, which takes longer for the large queries of the audit than their few rows can gain."""
    names = [name for (name,) in connection.execute("from duckdb_optimizers()").fetchall()]
    connection.execute(f"set disabled_optimizers = '{','.join(names)}'")
