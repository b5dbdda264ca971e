"""A warehouse for one test: a folder with bronze and a DuckDB file, and the real `tieout` and `dbt`."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import duckdb

from loaders.contract import load_contract
from tests.python.forks import FORKS, PARSED, run_command

PROJECT = Path(__file__).resolve().parents[2]
DOMAINS = {entity.name: entity.domain for entity in load_contract().deliverable()}

# Columns that hold when something was loaded or built. They differ between two ways to the same data.
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
        "_habit_built_at",
        "_fact_built_at",
        "_built_at",
        "_contacts_built_at",
        "dbt_valid_from",
        "dbt_valid_to",
        "dbt_updated_at",
        "dbt_scd_id",
    }
)
# A version of a snapshot keeps the lineage of the first of several equal copies, so it depends on the order of loading.
SNAPSHOT_LINEAGE_COLUMNS = frozenset({"_source_file", "_source_line", "_arrived_on"})
# Tables that survive a full refresh. They record runs, rules and changes of a month, so they depend on the runs.
PERSISTENT_TABLES = frozenset(
    {"run_history", "rule_fingerprints", "monthly_totals", "restatements", "forgotten_persons"}
)
# Writing the manifest and the log takes a fifth of the time, and no test reads them. Tests run beside each other, so
# further threads would only wait for a core.
BUILD_WITHOUT_TESTS = (
    *("build", "--no-write-json", "--log-level-file", "none", "--threads", "1"),
    *("--exclude-resource-type", "test", "unit_test"),
)
_TAKE_PARSED = frozenset({"build", "run", "seed", "test", "run-operation", "ls"})


@dataclass(frozen=True)
class Warehouse:
    """Bronze and a DuckDB file in one folder.

    Attributes:
        folder: holds everything.
        target: the target in the dbt profile.
        environment: environment variables for dbt, in addition to those of the process.
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
        """Run `tieout` or `dbt` with this folder as the project's `data/` folder, and return what it printed.

        Commands of dbt whose files no test reads take the parsed project as it is.

        fails: whether the command must end with an error.
        """
        takes_parsed = self.project == PROJECT and command[0] == "dbt" and command[1] in _TAKE_PARSED
        if takes_parsed and "--no-write-json" not in command:
            command = (*command[:2], "--no-write-json", *command[2:])
        process = self.start(*command)
        try:
            process.join()
        finally:
            # If the test is interrupted, its folder is removed, so no process may go on working there.
            process.kill()
        process.join()
        printed = self.output.read_text(encoding="utf-8", errors="replace")
        assert (process.exitcode != 0) == fails, f"{' '.join(command)} ended with {process.exitcode}:\n{printed}"
        return printed

    def start(self, *command: str, output: Path | None = None) -> BaseProcess:
        """Start `tieout` or `dbt` and return its process. What it prints goes to a file, by default to `output`.

        dbt runs in the folder, so the relative paths of the profile and the models lead here. Environment variables
        for these paths would make dbt parse the project again for every warehouse.
        """
        self._land_written(command)
        environment = self.variables()
        if command[0] == "tieout":
            environment["TIEOUT_BRONZE_ROOT"] = str(self.folder / "data" / "bronze")
        process = FORKS.Process(target=run_command, args=(command, self.folder, environment, output or self.output))
        process.start()
        return process

    def variables(self) -> dict[str, str]:
        """Return the environment of its commands."""
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
        """Land the inbox."""
        return self.run("tieout", "land", str(inbox or self.inbox))

    def build(self, *options: str) -> str:
        """Build everything, or what the options select, without tests.

        Only the first build and full refreshes load seeds, and only the first build of everything and full refreshes
        build models of entities that have delivered nothing.
        """
        self._land_written(())  # so that the entities that are waiting to land count as delivered
        is_refresh, is_part = "--full-refresh" in options, "--select" in options
        excluded = ("seed",) if self._seeded.exists() and not is_refresh else ()
        quiet = self._quiet() if self._complete.exists() and not is_refresh and "--exclude" not in options else []
        printed = self.run("dbt", *BUILD_WITHOUT_TESTS, *excluded, *(["--exclude", *quiet] if quiet else []), *options)
        if not is_part or "resource_type:seed" in options:
            self._seeded.touch()
        if not is_part:
            self._complete.touch()
        return printed

    @property
    def _seeded(self) -> Path:
        """Exists after a build that has loaded the seeds."""
        return self.folder / "seeded"

    @property
    def _complete(self) -> Path:
        """Exists after a build of everything."""
        return self.folder / "complete"

    def _quiet(self) -> list[str]:
        """Return the models and snapshots that only read entities of which no file has landed in the folder."""
        landed = self.folder / "data" / "bronze"
        if not landed.is_dir() or self.project != PROJECT or PARSED not in os.environ:
            return []
        delivered = {name for name, domain in DOMAINS.items() if (landed / domain / name).exists()}
        read = _entities_read(Path(json.loads(os.environ[PARSED])["dev"]).with_name("manifest.json"))
        return sorted(name for name, entities in read.items() if entities and not entities & delivered)

    def build_step(self) -> str:
        """Build what keeps rows from build to build, and what that needs. The last build makes the other tables."""
        kept = ("+config.materialized:incremental", "resource_type:snapshot", "resource_type:seed")
        return self.build("--select", *kept)

    def refresh(self) -> str:
        """Refresh what keeps rows from build to build. Every build makes the other tables anew of these.

        On Redshift a refreshed table takes its views with it, so they are made again.
        """
        kinds = ("config.materialized:incremental", "config.materialized:view", "resource_type:seed")
        return self.build("--full-refresh", "--select", *kinds)

    def deliver(self, day: str, entity: str, text: str, part: str = "") -> None:
        """Write a file into the inbox, which lands after all files that were delivered before.

        It lands with the next command, together with the files of other entities and earlier days: landing keeps
        their order.
        """
        written = self._written()
        if any(before == entity and landed_on >= day for landed_on, before in written):
            self.land()
        file = self.inbox / day / DOMAINS[entity] / f"{entity}{part}.csv"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        with self._to_land.open("a", encoding="utf-8") as to_land:
            to_land.write(f"{day} {entity}\n")

    @property
    def _to_land(self) -> Path:
        """Lists the delivered files that have not landed, by day and entity."""
        return self.folder / "to_land.txt"

    def _written(self) -> list[list[str]]:
        if not self._to_land.exists():
            return []
        return [line.split() for line in self._to_land.read_text(encoding="utf-8").splitlines()]

    def _land_written(self, command: tuple[str, ...]) -> None:
        """Land what was delivered, unless the command lands the inbox itself."""
        waiting = self._to_land.exists()
        self._to_land.unlink(missing_ok=True)
        if waiting and str(self.inbox) not in command:
            self.land()

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def value(self, sql: str) -> Any:
        return self.query(sql)[0][0]

    def execute(self, sql: str) -> None:
        """Change the database directly, bypassing dbt."""
        with duckdb.connect(str(self.database)) as connection:
            connection.execute(sql)


@functools.cache
def _entities_read(manifest: Path) -> dict[str, frozenset[str]]:
    """Return the deliverable entities of bronze that each model and snapshot of the parsed project reads, by name."""
    parsed = json.loads(manifest.read_text(encoding="utf-8"))
    parents, sources, nodes = parsed["parent_map"], parsed["sources"], parsed["nodes"]

    @functools.cache
    def entities(node: str) -> frozenset[str]:
        if node in sources:
            return frozenset({sources[node]["name"]}) & DOMAINS.keys()
        return frozenset[str]().union(*(entities(parent) for parent in parents[node]))

    return {
        node["name"]: entities(unique_id)
        for unique_id, node in nodes.items()
        if node["resource_type"] in {"model", "snapshot"}
    }


def copied(bank: Warehouse, folder: Path) -> Warehouse:
    """Return a warehouse with a copy of another one's file."""
    copy = Warehouse(folder)
    copy.database.parent.mkdir(parents=True)
    copy.database.write_bytes(bank.database.read_bytes())
    return copy
