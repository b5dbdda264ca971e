"""Says in a sentence why the DuckDB file cannot be opened: a plugin of dbt-duckdb, named in the profile.

DuckDB lets one process write to a file, or several read it. A second dbt would stop with DuckDB's message at the end of
a traceback; so the file is opened once before dbt does it, and what is wrong is told with its remedy.
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
    """Opens the file and closes it again."""

    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, Any]) -> None:
        """Open the file the way dbt is about to.

        Raises:
            DbtRuntimeError: it cannot be opened.
        """
        try:
            duckdb.connect(creds.path, config=config).close()
        except duckdb.Error as error:
            raise DbtRuntimeError(_sentence(creds.path, str(error))) from error


def _sentence(path: str, problem: str) -> str:
    held = _HOLDER.search(problem)
    if held:
        return (
            f"The warehouse {path} is in use by another process (PID {held[1]}), and DuckDB lets one at a time write "
            "to it. Nothing was changed: wait until that one has finished, or close it, then run this again."
        )
    return f"The warehouse {path} cannot be opened: {problem}"
