"""Explains why the DuckDB file cannot be opened: a plugin of dbt-duckdb, named in the profile.

DuckDB lets one process write to a file, or several processes read it. A second dbt would stop with a traceback that
ends in DuckDB's message. So this plugin opens the file before dbt does, and reports the problem with its remedy.
"""

from __future__ import annotations

import re
from typing import Any

import duckdb
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt_common.exceptions import DbtRuntimeError

_HOLDER = re.compile(r"Conflicting lock is held in .*?\(PID (\d+)\)")


class Plugin(BasePlugin):
    """Opens and closes the file before dbt opens it."""

    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, Any]) -> None:
        """Open the file with the same configuration as dbt.

        Raises:
            DbtRuntimeError: the file cannot be opened.
        """
        try:
            duckdb.connect(creds.path, config=config).close()
        except duckdb.Error as error:
            raise DbtRuntimeError(_sentence(creds.path, str(error))) from error


def _sentence(path: str, problem: str) -> str:
    held = _HOLDER.search(problem)
    if held:
        return (
            f"The warehouse {path} is in use by another process (PID {held[1]}), and DuckDB lets only one process at a "
            "time write to it. Nothing was changed. Wait until that process ends, or close it, then run this again."
        )
    return f"The warehouse {path} cannot be opened: {problem}"
