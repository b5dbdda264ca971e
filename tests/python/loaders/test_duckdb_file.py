"""A DuckDB file is opened within a memory limit, and one that cannot be opened is an error with a remedy.

reliability/ tests two builds at the same time.
"""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path

import duckdb
import pytest
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.environments import Environment
from dbt.config.runtime import load_profile
from dbt.flags import set_from_args
from dbt_common.context import set_invocation_context
from dbt_common.exceptions import DbtRuntimeError

from loaders import duckdb_memory
from loaders.duckdb_file import Plugin
from loaders.duckdb_memory import default_memory_limit
from tests.python.warehouse import PROJECT

GIB = 2**30


def open_for_dbt(path: Path) -> None:
    credentials = DuckDBCredentials(path=str(path))
    Plugin("duckdb_file", {}, credentials).update_connection_config(credentials, {})


def settings_in_force(path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Open the file as dbt does, by the project's profile; return the memory limit and the folder for spilling."""
    monkeypatch.setenv("TIEOUT_DUCKDB_PATH", str(path))
    set_invocation_context(dict(os.environ))
    set_from_args(Namespace(PROFILES_DIR=str(PROJECT / "profiles"), PROJECT_DIR=str(PROJECT)), None)
    credentials = load_profile(str(PROJECT), {}, target_override="dev").credentials
    assert isinstance(credentials, DuckDBCredentials)
    with Environment.initialize_db(credentials, Environment.initialize_plugins(credentials)) as connection:
        query = "select current_setting('memory_limit'), current_setting('temp_directory')"
        ((limit, folder),) = connection.execute(query).fetchall()
    return limit, folder


def as_duckdb_says(limit: str) -> str:
    with duckdb.connect(config={"memory_limit": limit}) as connection:
        return str(connection.execute("select current_setting('memory_limit')").fetchall()[0][0])


def test_the_memory_limit_of_the_profile_is_in_force(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "tieout.duckdb"
    monkeypatch.setenv("TIEOUT_MEMORY_LIMIT", "512MiB")
    assert settings_in_force(path, monkeypatch) == ("512.0 MiB", f"{path}.tmp")
    monkeypatch.delenv("TIEOUT_MEMORY_LIMIT")
    assert settings_in_force(path, monkeypatch)[0] == as_duckdb_says(default_memory_limit())


@pytest.mark.parametrize(
    ("machine", "container", "limit"),
    [(16, "max", 4 * 10**9), (6, "max", 3 * GIB), (16, str(3 * GIB), 3 * GIB // 2), (16, str(12 * GIB), 4 * 10**9)],
)
def test_the_default_is_4_gb_or_half_of_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, machine: int, container: str, limit: int
) -> None:
    pages = {"SC_PAGE_SIZE": 1024, "SC_PHYS_PAGES": machine * GIB // 1024}
    monkeypatch.setattr("os.sysconf", pages.__getitem__)
    (tmp_path / "memory.max").write_text(f"{container}\n", encoding="ascii")
    monkeypatch.setattr(duckdb_memory, "_CONTAINER_LIMIT", tmp_path / "memory.max")
    assert default_memory_limit() == f"{limit}B"


def test_a_wrong_limit_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIEOUT_MEMORY_LIMIT", "half")
    with pytest.raises(DbtRuntimeError, match="TIEOUT_MEMORY_LIMIT is 'half', which is not an amount of memory"):
        settings_in_force(tmp_path / "tieout.duckdb", monkeypatch)


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
