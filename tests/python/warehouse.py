"""A warehouse of one's own for every scenario: its folder, its bronze, its DuckDB file, the real `tieout` and `dbt`."""

from __future__ import annotations

import gc
import importlib
import multiprocessing
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import MappingProxyType
from typing import Any

import duckdb

from loaders.contract import load_contract

PROJECT = Path(__file__).resolve().parents[2]
DOMAINS = {entity.name: entity.domain for entity in load_contract().deliverable()}

# What says when the warehouse did something, and may differ between two ways to the same data.
LOAD_TIME_COLUMNS = frozenset(
    {
        "_loaded_at",
        "_account_loaded_at",
        "_customer_loaded_at",
        "_merchant_loaded_at",
        "_location_loaded_at",
        "_loan_loaded_at",
        "_product_loaded_at",
        "_cost_loaded_at",
        "_campaign_loaded_at",
        "_fx_rate_loaded_at",
        "_home_loaded_at",
        "_fact_built_at",
        "_built_at",
        "_contacts_built_at",
        "dbt_valid_from",
        "dbt_valid_to",
        "dbt_updated_at",
        "dbt_scd_id",
    }
)
# From which of several equal copies the warehouse learned of a state: the first that it met. What is known is the same.
SNAPSHOT_LINEAGE_COLUMNS = frozenset({"_source_file", "_source_line", "_arrived_on"})
# What remembers how the warehouse came to what it is: each run, and what each month was when a run looked at it.
MEMORIES = frozenset({"run_history", "monthly_totals", "restatements"})
# What the console scripts call.
_MAIN = {"dbt": ("dbt.cli.main", "cli"), "tieout": ("loaders.cli", "main")}
# To import them takes longer than most of what they are told here, so a server imports them once and every command is a
# fork of it, as is every push that is killed. A process has one such server: what it imports stands here and nowhere
# else.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    ["dbt.cli.main", "dbt.adapters.duckdb", "dbt.adapters.redshift", "boto3", "loaders.push", "loaders.cli"]
)
# Nobody reads its manifest and its log, and to write them takes a fifth of the time.
BUILD_WITHOUT_TESTS = (
    *("build", "--no-write-json", "--log-level-file", "none"),
    *("--exclude-resource-type", "test", "unit_test"),
)


@dataclass(frozen=True)
class Warehouse:
    """Bronze and a DuckDB file in one folder.

    Attributes:
        folder: where everything of it stands.
        target: the target of the profile.
        environment: variables that dbt runs with, beside those of the process.
        project: the dbt project.
    """

    folder: Path
    target: str = "dev"
    environment: Mapping[str, str] = field(default_factory=dict)
    project: Path = PROJECT

    @property
    def inbox(self) -> Path:
        return self.folder / "inbox"

    @property
    def database(self) -> Path:
        return self.folder / "data" / "tieout.duckdb"

    @property
    def output(self) -> Path:
        """What the last command printed."""
        return self.folder / "output.txt"

    def run(self, *command: str, fails: bool = False) -> str:
        """Run `tieout` or `dbt` with this folder in the place of the project's `data/`; return what it printed."""
        process = self.start(*command)
        try:
            process.join()
        finally:
            # Interrupted, we leave nobody behind who works on what is about to be removed.
            process.kill()
        process.join()
        printed = self.output.read_text(encoding="utf-8", errors="replace")
        assert (process.exitcode != 0) == fails, f"{' '.join(command)} ended with {process.exitcode}:\n{printed}"
        return printed

    def start(self, *command: str, output: Path | None = None) -> BaseProcess:
        """Start `tieout` or `dbt`, and return its process; what it prints goes to a file, `output` unless told.

        dbt runs in the folder, so that the profile's and the models' relative paths lead here without variables that
        would make it parse the project anew for every warehouse.
        """
        environment = self._environment()
        if command[0] == "tieout":
            environment["TIEOUT_BRONZE_ROOT"] = str(self.folder / "data" / "bronze")
        process = FORKS.Process(target=_run, args=(command, self.folder, environment, output or self.output))
        process.start()
        return process

    def _environment(self) -> dict[str, str]:
        environment = {
            **os.environ,
            "DBT_PROJECT_DIR": str(self.project),
            "DBT_PROFILES_DIR": str(self.project / "profiles"),
            "DBT_TARGET_PATH": str(self.folder / "target"),
            "DBT_LOG_PATH": str(self.folder / "logs"),
            "DBT_USE_COLORS": "false",
        }
        for variable in ("TIEOUT_TARGET", "TIEOUT_DUCKDB_PATH", "TIEOUT_BRONZE_ROOT", "TIEOUT_PROJECT"):
            environment.pop(variable, None)
        return {**environment, **self.environment, "TIEOUT_TARGET": self.target}

    def land(self, inbox: Path | None = None) -> str:
        return self.run("tieout", "land", str(inbox or self.inbox))

    def build(self, *options: str) -> str:
        """Build all, or what the options say, without tests; the seeds, which stay as they are, not again and again."""
        seeded = self.folder / "seeded"
        left_out = ("seed",) if seeded.exists() and "--full-refresh" not in options else ()
        printed = self.run("dbt", *BUILD_WITHOUT_TESTS, *left_out, *options)
        if "--select" not in options:
            seeded.touch()
        return printed

    def deliver(self, day: str, entity: str, text: str, part: str = "") -> None:
        """Put a file in the inbox and land it."""
        file = self.inbox / day / DOMAINS[entity] / f"{entity}{part}.csv"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        self.land()

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def value(self, sql: str) -> Any:
        return self.query(sql)[0][0]

    def execute(self, sql: str) -> None:
        """Change the warehouse by hand, as an accident would."""
        with duckdb.connect(str(self.database)) as connection:
            connection.execute(sql)


def _run(command: tuple[str, ...], folder: Path, environment: dict[str, str], output: Path) -> None:
    """Run a command the way its console script does, with an environment, folder and output of its own."""
    gc.disable()  # a short life that looks over dbt's large manifest again and again takes longer
    if not folder.is_dir():
        return  # Whoever wanted it was interrupted before the server of forks was ready, and has cleaned up.
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    with output.open("wb") as sink:
        os.dup2(sink.fileno(), 1)
        os.dup2(sink.fileno(), 2)
    sys.argv = list(command)
    module, function = _MAIN[command[0]]
    getattr(importlib.import_module(module), function)()


def differences(
    one: Warehouse, other: Warehouse, aside: Mapping[str, frozenset[str]] = MappingProxyType({})
) -> dict[str, tuple[int, int]]:
    """Compare every silver, gold and audit table, load-time columns and memories of runs aside.

    aside: further columns that may differ, by table.

    Returns the tables that differ, each with the number of rows that only the first and only the second warehouse has.
    Of snapshots only what is known today is compared: what was known earlier depends on the order of loading.
    """
    found = {}
    with duckdb.connect() as connection:
        for name, warehouse in (("one", one), ("other", other)):
            connection.execute(f"attach '{warehouse.database}' as {name} (read_only)")
        tables = {
            name: {
                tuple(row)
                for row in connection.execute(
                    "select schema_name, table_name from duckdb_tables() "
                    f"where database_name = '{name}' and schema_name in ('dev_silver', 'dev_gold', 'dev_audit')"
                ).fetchall()
            }
            for name in ("one", "other")
        }
        assert tables["one"] == tables["other"]
        assert len(tables["one"]) > 30, "the warehouses are not built"
        for schema, table in sorted(tables["one"]):
            if table in MEMORIES:
                continue
            is_snapshot = table.startswith("snap_")
            left_out = LOAD_TIME_COLUMNS | aside.get(table, frozenset())
            left_out |= SNAPSHOT_LINEAGE_COLUMNS if is_snapshot else frozenset()
            columns = [
                row[0]
                for row in connection.execute(
                    "select column_name from duckdb_columns() "
                    f"where database_name = 'one' and schema_name = '{schema}' and table_name = '{table}'"
                ).fetchall()
                if row[0] not in left_out
            ]
            what = ", ".join(f'"{column}"' for column in columns)
            where = "where dbt_valid_to is null" if is_snapshot else ""
            only = [
                connection.execute(
                    f"select count(*) from (select {what} from {here}.{schema}.{table} {where} "
                    f"except all select {what} from {there}.{schema}.{table} {where})"
                ).fetchall()[0][0]
                for here, there in (("one", "other"), ("other", "one"))
            ]
            if any(only):
                found[f"{schema}.{table}"] = (only[0], only[1])
    return found
