"""Run `tieout` and `dbt` as forks of a process that has already imported them.

Importing them takes longer than most commands of the tests. Each test process has one such server.
"""

from __future__ import annotations

import gc
import importlib
import multiprocessing
import os
import sys
from contextlib import nullcontext
from pathlib import Path

from tests.python.templates import kept_templates

# The functions that the console scripts call.
_MAIN = {"dbt": ("dbt.cli.main", "cli"), "tieout": ("loaders.cli", "main")}
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    [
        *("dbt.cli.main", "dbt.adapters.duckdb", "dbt.adapters.redshift"),
        # dbt and tieout import the following only when they run a command.
        *("dbt.task.build", "dbt.compilation", "dbt.parser.sql", "dbt.adapters.duckdb.environments.local"),
        *("loaders.aws.duckdb_s3", "loaders.duckdb_file", "multiprocessing.dummy.connection", "daff"),
        *("boto3", "loaders.cli", "loaders.push", "loaders.generate.command", "loaders.land"),
        *(f"loaders.audit.{command}" for command in ("check", "explain", "rejects", "status")),
        "tests.python.templates",
    ]
)


def run_command(command: tuple[str, ...], folder: Path, environment: dict[str, str], output: Path) -> None:
    """Run a command as its console script does, in a folder and with its own environment; its output goes to a file."""
    gc.disable()  # dbt's manifest is large, and a short process does not need its memory back
    if not folder.is_dir():
        return  # The test was interrupted before the server was ready, and its folder is removed.
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    with output.open("wb") as sink:
        os.dup2(sink.fileno(), 1)
        os.dup2(sink.fileno(), 2)
    sys.argv = list(command)
    module, function = _MAIN[command[0]]
    with kept_templates() if command[0] == "dbt" else nullcontext():
        getattr(importlib.import_module(module), function)()
