"""Run `tieout` and `dbt` as forks of a process that has already imported them.

Importing them takes longer than most commands of the tests. Each test process has one such server.
"""

from __future__ import annotations

import gc
import importlib
import multiprocessing
import os
import sys
from pathlib import Path

from tests.python.optimizer import OPTIMIZER
from tests.python.shortcuts import shortcuts
from tests.python.templates import kept_templates

# The functions that the console scripts call.
_MAIN = {"dbt": ("dbt.cli.main", "cli"), "tieout": ("loaders.cli", "main")}
PARSED = "TIEOUT_TESTS_PARSED"
"""The environment variable with the files in which dbt keeps the parsed project, by target, in JSON."""
CONTRACTS = "TIEOUT_TESTS_CONTRACTS"
"""The environment variable by which builds of the project itself compare each query with its contract."""
_CONTRACT_CHECKS = (
    "macro.tieout.duckdb__get_assert_columns_equivalent",
    "macro.dbt.default__get_assert_columns_equivalent",
)
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    [
        *("dbt.cli.main", "dbt.adapters.duckdb", "dbt.adapters.redshift"),
        # dbt and tieout import the following only when they run a command.
        *("dbt.task.build", "dbt.compilation", "dbt.parser.sql", "dbt.adapters.duckdb.environments.local"),
        *("loaders.aws.duckdb_s3", "loaders.duckdb_file", "multiprocessing.dummy.connection", "daff"),
        *("boto3", "loaders.cli", "loaders.push", "loaders.generate.command", "loaders.land"),
        *(f"loaders.audit.{command}" for command in ("check", "explain", "rejects", "status")),
        "tests.python.shortcuts",
        "tests.python.templates",
        "tests.python.preloaded",
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
    main = getattr(importlib.import_module(module), function)
    if command[0] != "dbt":
        main()
        return
    builds_only = "--exclude-resource-type" in command and "test" in command
    is_debug, optimizes = "debug" in command, OPTIMIZER in environment
    with kept_templates(), shortcuts(debug_events=is_debug, runs_tests=not builds_only, optimizes=optimizes):
        try:
            main(obj=_parsed_project(command, environment))
        finally:
            # A fork ends without the functions that Python calls at exit. An open database keeps its changes in a log,
            # which every query of a test would have to read again.
            importlib.import_module("dbt.adapters.duckdb").DuckDBConnectionManager.close_all_connections()


def _parsed_project(command: tuple[str, ...], environment: dict[str, str]) -> dict[str, object]:
    """Return the parsed project for a build of the project itself; nothing where dbt has to parse or to write it.

    No variable of the project changes what dbt parses, so commands with `--vars` take it too.
    """
    parsed = sys.modules.get("tests.python.preloaded")
    # A compilation writes the project with its queries at the end. Other commands write what they have parsed.
    leaves_no_parsed = command[1] == "compile" or "--no-write-json" in command
    may_use = leaves_no_parsed and environment["DBT_PROJECT_DIR"] == str(Path(__file__).resolve().parents[2])
    manifest = parsed.MANIFESTS.get(environment.get("TIEOUT_TARGET")) if may_use and parsed else None
    if manifest is None:
        return {}
    if CONTRACTS not in environment:
        for check in _CONTRACT_CHECKS:
            macro = manifest.macros[check]
            macro.macro_sql = f"{{% macro {macro.name}(sql) %}}{{% endmacro %}}"
    return {"manifest": manifest}
