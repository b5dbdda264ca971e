"""Comparing the tables of gold and audit of two DuckDB warehouses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb

from loaders.audit.cell import Sum
from loaders.audit.cells import cells_of_table

BEFORE, AFTER = "before", "after"
"""The names under which the two warehouses are attached."""
LAYERS = ("gold", "audit")
LINEAGE = "_"
"""How the names of columns begin that say when and from where a row was loaded. They are not compared."""
OF_THE_RUN = frozenset({"run_history", "rule_fingerprints"})
"""Tables that record runs. They differ between any two builds."""

_EXAMPLES, _EXAMPLES_OF_TABLE = 3, 12
_NUMBERS = ("DECIMAL", "BIGINT", "INTEGER", "SMALLINT", "TINYINT", "HUGEINT", "DOUBLE", "FLOAT")
_TIMES = ("DATE", "TIMESTAMP")

Connection = duckdb.DuckDBPyConnection


@dataclass(frozen=True)
class Example:
    """A value that differs: the row's key in words, the column, and the value before and after."""

    key: str
    column: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Compared:
    """A table, and how it differs.

    Attributes:
        name: the table.
        layer: `gold` or `audit`.
        rows: the number of its rows before and after; none where there is no such table.
        key: the columns by which rows are compared; without any, a changed row counts as removed and added.
        added: the number of rows that only the later warehouse has.
        removed: the number of rows that only the earlier one has.
        changed: the number of rows that both have, with other values.
        columns: by column, the number of changed rows in which it differs.
        sums: by measure, and currency where rows have one, its sum before and after, if they differ.
        examples: the first changed values of its columns.
        structure: what has become of columns that are new, gone, or of another type.
    """

    name: str
    layer: str
    rows: tuple[int | None, int | None]
    key: tuple[str, ...] = ()
    added: int = 0
    removed: int = 0
    changed: int = 0
    columns: Mapping[str, int] = field(default_factory=dict)
    sums: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    examples: Sequence[Example] = ()
    structure: Sequence[str] = ()

    @property
    def differs(self) -> bool:
        """True if anything differs."""
        return bool(self.added or self.removed or self.changed or self.structure or None in self.rows)


def keys_of(manifest: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return the columns that are unique in each table, as the tests of the project say."""
    keys: dict[str, tuple[str, ...]] = {}
    for node in manifest["nodes"].values():
        test = node.get("test_metadata") or {}
        arguments = test.get("kwargs", {})
        found: Any = None
        if test.get("name") == "rules":
            found = next((key for key in arguments.get("unique", ()) if not isinstance(key, dict)), None)
        elif test.get("name") == "unique_combination_of_columns":
            found = arguments["combination_of_columns"]
        elif test.get("name") == "unique":
            found = arguments["column_name"]
        if found and node.get("attached_node"):
            table = node["attached_node"].rsplit(".", 1)[-1]
            keys.setdefault(table, (found,) if isinstance(found, str) else tuple(found))
    return keys


def compare_tables(connection: Connection, keys: Mapping[str, tuple[str, ...]], prefix: str = "dev") -> list[Compared]:
    """Compare all tables, those of gold first.

    Args:
        connection: it has the warehouses attached as `before` and `after`.
        keys: the columns that are unique in each table.
        prefix: how the names of the schemas begin.
    """
    there = {side: _columns(connection, side, prefix) for side in (BEFORE, AFTER)}
    tables = sorted({*there[BEFORE], *there[AFTER]}, key=lambda of: (LAYERS.index(of[0]), of[1]))
    return [
        _Comparison(
            connection,
            prefix,
            layer,
            table,
            there[BEFORE].get((layer, table)),
            there[AFTER].get((layer, table)),
        ).made(keys.get(table, ()))
        for layer, table in tables
    ]


def _columns(connection: Connection, side: str, prefix: str) -> dict[tuple[str, str], dict[str, str]]:
    """Return the types of the columns that are compared, by layer and table. Views are tables too."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for schema, table, column, data_type in connection.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns() "
        "where database_name = ? order by schema_name, table_name, column_index",
        [side],
    ).fetchall():
        layer = schema.removeprefix(f"{prefix}_")
        if layer in LAYERS and table not in OF_THE_RUN:
            columns = found.setdefault((layer, table), {})
            if not column.startswith(LINEAGE):
                columns[column] = data_type
    return found


@dataclass(frozen=True)
class _Comparison:
    """The comparison of a table: its columns with their types before and after, none where there is no such table."""

    connection: Connection
    prefix: str
    layer: str
    table: str
    before: Mapping[str, str] | None
    after: Mapping[str, str] | None

    @property
    def relation(self) -> str:
        """The table with its schema."""
        return f"{self.prefix}_{self.layer}.{self.table}"

    def made(self, key: tuple[str, ...]) -> Compared:
        """Compare."""
        rows = (self._count(BEFORE, self.before), self._count(AFTER, self.after))
        if self.before is None or self.after is None:
            return Compared(self.table, self.layer, rows)
        shared = [column for column in self.after if column in self.before]
        structure = tuple(_structure(self.before, self.after))
        removed, added = self._only(BEFORE, AFTER, shared), self._only(AFTER, BEFORE, shared)
        if not (added or removed):
            return Compared(self.table, self.layer, rows, key, structure=structure)
        sums = self._sums(shared)
        if not key or not set(key) <= set(shared) or not self._is_unique(key):
            return Compared(self.table, self.layer, rows, added=added, removed=removed, sums=sums, structure=structure)
        others = [column for column in shared if column not in key]
        added, removed, changed, columns = self._by_key(key, others)
        examples = [example for column in columns for example in self._examples(key, column)][:_EXAMPLES_OF_TABLE]
        return Compared(self.table, self.layer, rows, key, added, removed, changed, columns, sums, examples, structure)

    def _side(self, side: str, columns: Sequence[str]) -> str:
        """Return the rows of a side. Columns whose types cannot be compared are texts."""
        assert self.before is not None
        assert self.after is not None
        expressions = [
            f'"{name}"'
            if _comparable(self.before[name], self.after[name])
            else f'cast("{name}" as varchar) as "{name}"'
            for name in columns
        ]
        return f"(select {', '.join(expressions)} from {side}.{self.relation})"

    def _only(self, here: str, there: str, columns: Sequence[str]) -> int:
        """Return how many rows one side has more often than the other one."""
        sides = f"select * from {self._side(here, columns)} except all select * from {self._side(there, columns)}"
        return self._number(f"select count(*) from ({sides})")

    def _is_unique(self, key: Sequence[str]) -> bool:
        return not any(
            self._number(
                f"select count(*) from (select 1 from {side}.{self.relation} group by {_list(key)} having count(*) > 1)"
            )
            for side in (BEFORE, AFTER)
        )

    def _joined(self, key: Sequence[str], others: Sequence[str]) -> str:
        same = " and ".join(f'old."{name}" is not distinct from new."{name}"' for name in key)
        old, new = (
            f"(select *, true as is_there from {self._side(side, [*key, *others])})" for side in (BEFORE, AFTER)
        )
        return f"{old} as old full outer join {new} as new on {same}"

    def _by_key(self, key: Sequence[str], others: Sequence[str]) -> tuple[int, int, int, dict[str, int]]:
        in_both = "old.is_there and new.is_there"
        differs = [f'old."{name}" is distinct from new."{name}"' for name in others]
        counted = "".join(f", count(*) filter (where {in_both} and {condition})" for condition in differs)
        added, removed, changed, *by_column = self.connection.execute(
            "select count(*) filter (where old.is_there is null), count(*) filter (where new.is_there is null), "
            f"count(*) filter (where {in_both} and ({' or '.join([*differs, 'false'])})){counted} "
            f"from {self._joined(key, others)}"
        ).fetchall()[0]
        return added, removed, changed, {name: of for name, of in zip(others, by_column, strict=True) if of}

    def _examples(self, key: Sequence[str], column: str) -> list[Example]:
        names = ", ".join(f'new."{name}"' for name in key)
        return [
            Example(" ".join(f"{of}={value}" for of, value in zip(key, row, strict=False)), column, row[-2], row[-1])
            for row in self.connection.execute(
                f'select {names}, old."{column}", new."{column}" from {self._joined(key, [column])} '
                f'where old.is_there and new.is_there and old."{column}" is distinct from new."{column}" '
                f"order by {names} limit {_EXAMPLES}"
            ).fetchall()
        ]

    def _sums(self, columns: Sequence[str]) -> dict[str, tuple[Any, Any]]:
        """Return the sums of the measures that differ: by currency, if rows have one."""
        measures = [name for name in _measures(self.table) if name in columns]
        if not measures:
            return {}
        by = next((name for name in ("currency_code", "currency", "currency_id") if name in columns), "")
        sums: dict[str, dict[str, Any]] = {}
        for side in (BEFORE, AFTER):
            currency = f'"{by}"' if by else "''"
            if by == "currency_id":
                currency = (
                    f"(select any_value(of.currency_code) from {side}.{self.prefix}_gold.dim_currency as of "
                    "where of.currency_id = measured.currency_id)"
                )
            summed = ", ".join(f'sum("{name}")' for name in measures)
            for of, *values in self.connection.execute(
                f"select {currency}, {summed} from {side}.{self.relation} as measured group by 1"
            ).fetchall():
                sums.setdefault(side, {}).update(
                    {f"{name} {of or ''}".rstrip(): value for name, value in zip(measures, values, strict=True)}
                )
        before, after = sums.get(BEFORE, {}), sums.get(AFTER, {})
        return {
            name: (before.get(name), after.get(name))
            for name in sorted({*before, *after})
            if before.get(name) != after.get(name)
        }

    def _count(self, side: str, columns: Mapping[str, str] | None) -> int | None:
        return None if columns is None else self._number(f"select count(*) from {side}.{self.relation}")

    def _number(self, sql: str) -> int:
        number: int = self.connection.execute(sql).fetchall()[0][0]
        return number


def _measures(table: str) -> list[str]:
    """Return the columns that are sums of rows, as `tieout explain --cell` adds them up."""
    sums = (name for cell in cells_of_table(table) for name in cell.measures if isinstance(cell.measure(name), Sum))
    return list(dict.fromkeys(sums))


def _structure(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    for column in after:
        if column not in before:
            yield f"{column} is new"
        elif before[column] != after[column]:
            yield f"{column} was {before[column].lower()} and is {after[column].lower()}"
    for column in before:
        if column not in after:
            yield f"{column} is gone"


def _comparable(one: str, other: str) -> bool:
    return one == other or any(one.startswith(kinds) and other.startswith(kinds) for kinds in (_NUMBERS, _TIMES))


def _list(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
