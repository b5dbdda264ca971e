"""Opens the DuckDB file within a memory limit: a plugin of dbt-duckdb, named in the profile.

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

from loaders.duckdb_memory import default_memory_limit

_HOLDER = re.compile(r"Conflicting lock is held in .*?\(PID (\d+)\)")


class Plugin(BasePlugin):
    """Sets the memory limit, then opens and closes the file before dbt opens it."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Read the memory limit from the profile; empty means the default."""
        self._memory_limit = str(plugin_config.get("memory_limit") or "") or default_memory_limit()

    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, Any]) -> None:
        """Limit the memory, and open the file with the same configuration as dbt.

        What does not fit is spilled to a folder beside the file, `<file>.tmp`, as DuckDB does by itself.

        Raises:
            DbtRuntimeError: the limit is not an amount of memory, or the file cannot be opened.
        """
        config["memory_limit"] = self._memory_limit
        try:
            duckdb.connect(creds.path, config=config).close()
        except duckdb.ParserException as error:
            raise DbtRuntimeError(
                f"TIEOUT_MEMORY_LIMIT is '{self._memory_limit}', which is not an amount of memory. Set it to one, for "
                f"example 4GB or 512MB. DuckDB says: {error}"
            ) from error
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
