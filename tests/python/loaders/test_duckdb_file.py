"""A DuckDB file that cannot be opened is an error with a remedy; reliability/ tests two builds at the same time."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt_common.exceptions import DbtRuntimeError

from loaders.duckdb_file import Plugin


def open_for_dbt(path: Path) -> None:
    credentials = DuckDBCredentials(path=str(path))
    Plugin("duckdb_file", {}, credentials).update_connection_config(credentials, {})


def test_a_free_file_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "tieout.duckdb"
    open_for_dbt(path)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table kept as select 1")
    open_for_dbt(path)
    with duckdb.connect(str(path)) as connection:
        assert connection.sql("from kept").fetchall() == [(1,)]


def test_a_file_that_is_not_a_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "tieout.duckdb"
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(DbtRuntimeError, match=f"The warehouse {path} cannot be opened: .*not a valid DuckDB"):
        open_for_dbt(path)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "tieout.duckdb"
    with pytest.raises(DbtRuntimeError, match=f"The warehouse {path} cannot be opened: .*No such file"):
        open_for_dbt(path)
