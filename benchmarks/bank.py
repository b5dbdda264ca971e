"""A simulated bank in a folder of its own: its deliveries, its bronze and its warehouse."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from benchmarks.measuring import Measured, measure

PROJECT = Path(__file__).resolve().parents[1]
_BIN = Path(sys.executable).parent
# Unit tests belong to development and CI. Data tests are part of every build.
BUILD = ("build", "--exclude-resource-type", "unit_test")
_FEWEST_TRANSACTIONS, _FEWEST_CUSTOMERS = 100, 30


@dataclass(frozen=True)
class Size:
    """The size of a bank.

    Attributes:
        days: the arrival days.
        customers: the customers on the first day.
        transactions: the transactions a day.
    """

    days: int
    customers: int
    transactions: int

    def scaled(self, scale: float) -> Size:
        """Return a share of the customers and transactions, with all days."""
        return Size(
            self.days,
            max(_FEWEST_CUSTOMERS, round(self.customers * scale)),
            max(_FEWEST_TRANSACTIONS, round(self.transactions * scale)),
        )


@dataclass(frozen=True)
class Bank:
    """A bank.

    Attributes:
        folder: holds everything; commands run in it.
        size: its size.
    """

    folder: Path
    size: Size

    @property
    def bronze(self) -> Path:
        """Where deliveries land."""
        return self.folder / "bronze"

    @property
    def warehouse(self) -> Path:
        """The DuckDB file."""
        return self.folder / "tieout.duckdb"

    @cached_property
    def environment(self) -> dict[str, str]:
        """The environment of its commands."""
        return os.environ | {
            "PATH": f"{_BIN}{os.pathsep}{os.environ.get('PATH', '')}",
            "TIEOUT_PROJECT": str(PROJECT),
            "DBT_PROJECT_DIR": str(PROJECT),
            "DBT_PROFILES_DIR": str(PROJECT / "profiles"),
            "DBT_TARGET_PATH": str(self.folder / "target"),
            "DBT_LOG_PATH": str(self.folder / "logs"),
            "TIEOUT_TARGET": "dev",
            "TIEOUT_BRONZE_ROOT": str(self.bronze),
            "TIEOUT_DUCKDB_PATH": str(self.warehouse),
        }

    def run(self, *command: str) -> Measured:
        """Run `tieout`, `dbt` or Python."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return measure([str(_BIN / command[0]), *command[1:]], self.environment, self.folder)

    def generate(self) -> Measured:
        """Generate the deliveries of all days."""
        return self.run(
            *("tieout", "generate", "--inbox", str(self.folder / "inbox"), "--days", str(self.size.days)),
            *("--customers", str(self.size.customers), "--transactions-per-day", str(self.size.transactions)),
        )

    def land(self, first: int = 1, last: int | None = None) -> Measured:
        """Land the deliveries of some days, counted from 1 (default: all days)."""
        part = self.folder / f"inbox_from_{first}"
        part.mkdir()
        days = sorted((self.folder / "inbox").iterdir())
        for day in days[first - 1 : last or self.size.days]:
            (part / day.name).symlink_to(day)
        return self.run("tieout", "land", str(part))

    def remove(self) -> None:
        """Delete everything: the largest banks together do not fit on a small disk."""
        shutil.rmtree(self.folder)

    def build(self) -> Measured:
        """Build everything that is new, with all data tests."""
        return self.run("dbt", *BUILD)
