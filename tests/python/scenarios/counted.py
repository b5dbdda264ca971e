"""What a build does, counted from dbt's log of statements: no figure here depends on the machine."""

from __future__ import annotations

import dataclasses
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.python.forks import CONTRACTS
from tests.python.warehouse import Warehouse

# They only begin and end transactions.
_TRANSACTION = re.compile(r"(begin|commit|rollback)\b", re.IGNORECASE)
_COMMENT = re.compile(r"/\*.*?\*/|--[^\n]*", re.DOTALL)
_READ = re.compile(r'\b(?:from|join)\s+"tieout"\."(?P<schema>\w+)"\."(?P<table>\w+)"', re.IGNORECASE)
_MADE_ANEW = re.compile(
    r'create\s+(?:or replace\s+)?table\s+"tieout"\."(?P<schema>\w+)"\."(?P<table>\w+?)(?:__dbt_tmp)?"', re.IGNORECASE
)
# They read no rows.
_READS_NOTHING = re.compile(r"create (or replace )?view\b|describe\b", re.IGNORECASE)
_UNION = re.compile(r"\bunion\b", re.IGNORECASE)
_ARRIVAL_DAYS = re.compile(r"bronze\.dt in \((?P<days>[^)]*(?:\)[^)]*)*?)\)\s+and")
_DAY = re.compile(r"cast\('(\d{4}-\d{2}-\d{2})' as date\)")


@dataclass(frozen=True)
class Statement:
    """A statement of a build.

    Attributes:
        node: the name of the node that ran it, or of the connection outside of nodes.
        sql: its text, without comments.
    """

    node: str
    sql: str

    @property
    def size(self) -> int:
        """Its length in bytes."""
        return len(self.sql.encode())

    @property
    def branches(self) -> int:
        """How many selects its unions combine."""
        unions = len(_UNION.findall(self.sql))
        return unions + 1 if unions else 0


class Statements:
    """All statements of a build, in order."""

    def __init__(self, log: Path) -> None:
        """Read a log of dbt in JSON."""
        self.all = list(_statements(log))

    def by_node(self) -> Counter[str]:
        """Return the number of statements of each node."""
        return Counter(statement.node for statement in self.all)

    def scans(self, prefix: str) -> Counter[str]:
        """Return how often each table whose name begins so is read."""
        read: Counter[str] = Counter()
        for statement in self.all:
            if not _READS_NOTHING.match(statement.sql):
                read.update(
                    found["table"] for found in _READ.finditer(statement.sql) if found["table"].startswith(prefix)
                )
        return read

    def arrival_days(self) -> dict[str, set[str]]:
        """Return the partitions of bronze that each base model reads."""
        days: dict[str, set[str]] = {}
        for statement in self.all:
            for found in _ARRIVAL_DAYS.finditer(statement.sql):
                days.setdefault(statement.node, set()).update(_DAY.findall(found["days"]))
        return days

    def made_anew(self) -> set[tuple[str, str]]:
        """Return the schema and name of each table that is not kept, but made again."""
        return {(made["schema"], made["table"]) for one in self.all for made in _MADE_ANEW.finditer(one.sql)}

    def largest(self) -> Statement:
        """Return the longest statement."""
        return max(self.all, key=lambda statement: statement.size)

    def most_branches(self) -> Statement:
        """Return the statement whose unions combine most selects."""
        return max(self.all, key=lambda statement: statement.branches)


def build_and_count(warehouse: Warehouse) -> Statements:
    """Build, and return the statements that dbt ran."""
    log = warehouse.folder / "logs" / "dbt.log"
    log.unlink(missing_ok=True)
    checking = dataclasses.replace(warehouse, environment={**warehouse.environment, CONTRACTS: "checked"})
    # By default, dbt begins a new file after 10 MB.
    checking.build("--log-level-file", "debug", "--log-format-file", "json", "--log-file-max-bytes", "0")
    return Statements(log)


def rows_written(warehouse: Warehouse, since: datetime) -> dict[str, int]:
    """Return, for each table of silver and gold with the moment of building or loading, the rows that are newer."""
    moments = warehouse.query(
        "select schema_name || '.' || table_name, max_by(column_name, column_name = '_built_at') from duckdb_columns() "
        "join duckdb_tables() using (schema_name, table_name) "
        "where schema_name in ('dev_silver', 'dev_gold') and column_name in ('_built_at', '_loaded_at') group by 1"
    )
    return rows(warehouse, {table: f"{moment} > timestamp '{since}'" for table, moment in moments})


def rows(warehouse: Warehouse, conditions: Mapping[str, str]) -> dict[str, int]:
    """Return the number of rows of each table that meet its condition."""
    counts = (f"select '{table}', count(*) from {table} where {where}" for table, where in conditions.items())
    return dict(warehouse.query(" union all ".join(counts)))


def _statements(log: Path) -> Iterator[Statement]:
    with log.open(encoding="utf-8") as lines:
        for line in lines:
            event = json.loads(line)
            if event["info"]["name"] == "SQLQuery":
                sql = _COMMENT.sub("", event["data"]["sql"]).strip()
                if sql and not _TRANSACTION.match(sql):
                    yield Statement(event["data"]["conn_name"].split(".")[-1], sql)
