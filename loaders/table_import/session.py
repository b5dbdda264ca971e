"""An engine that reaches nothing but one folder: no other files, network, settings, extensions or variables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from loaders.duckdb_memory import default_memory_limit
from loaders.errors import TieoutError


@contextmanager
def sandbox(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an engine in memory that can read and write only this folder.

    Raises:
        TieoutError: the engine would read the path of the folder as a pattern.
    """
    if any(letter in str(folder) for letter in "*?["):
        raise TieoutError(f"The path {folder.parent} has one of the characters * ? [. Give a folder without them.")
    with duckdb.connect(config={"memory_limit": default_memory_limit()}) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set preserve_insertion_order = true")
        connection.execute("set python_enable_replacements = false")
        connection.execute("set autoinstall_known_extensions = false")
        connection.execute("set autoload_known_extensions = false")
        connection.execute("set enable_progress_bar = false")
        connection.execute(f"set temp_directory = {text(str(folder / 'spill'))}")
        connection.execute(f"set allowed_directories = [{text(str(folder))}]")
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        yield connection


def text(value: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def name(value: str) -> str:
    """Return a name as an SQL identifier."""
    return '"' + value.replace('"', '""') + '"'
