"""What a build does on Redshift, counted in the log of the stand-in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from redshift_standin import StandIn
from redshift_standin.history import Statement
from redshift_standin.joins import Join, JoinReader, Verdict

_EXTERNAL = re.compile(r'"?prod_bronze"?\."?(?P<domain>[a-z]+)__(?P<entity>\w+)"?')
_DAY = re.compile(r"cast\('(\d{4}-\d{2}-\d{2})' as date\)")
_TARGET = re.compile(
    r"""(?ix) \b(?:insert\s+into|update|delete\s+from|create\s+table) \s+ (?:"?tieout"?\.)? "?(\w+)"? \. "?(\w+)"?"""
)
_NODE = re.compile(r'"node_id": "\w+\.\w+\.(\w+)')
# Statements of no node, such as hooks.
_RUN = "the run itself"
_READING = re.compile(r"(?is)\b(select|with)\b")


@dataclass
class Counted:
    """What a build did.

    Attributes:
        statements: the number of statements.
        connections: the number of sessions that sent them.
        files: the number of times that a file of bronze was opened.
        bytes: the size of these files together.
        written: by table, the rows that were inserted, updated and deleted.
        joins: by node of dbt, its joins between stored tables.
    """

    statements: int = 0
    connections: int = 0
    files: int = 0
    bytes: int = 0
    written: Counter[str] = field(default_factory=Counter)
    joins: dict[str, list[Join]] = field(default_factory=dict)

    def __str__(self) -> str:
        """Say it in one line."""
        return (
            f"{self.statements:,} statements in {self.connections:,} connections; {self.files:,} files of bronze "
            f"opened ({self.bytes / 1000:,.0f} kB); {self.written.total():,} rows written"
        )

    def judged_joins(self) -> Iterator[str]:
        """Say which joins move rows: the numbers, those of each node, and the joins that move all of a large table."""
        every = [join for joins in self.joins.values() for join in joins]
        large = {node: [join for join in joins if join.moves_a_large_table] for node, joins in self.joins.items()}
        yield f"{_verdicts(every)}; {sum(map(len, large.values()))} can move all rows of a large table"
        for node, joins in sorted(self.joins.items()):
            if any(join.verdict is not Verdict.CO_LOCATED for join in joins):
                yield f"{node}: {_verdicts(joins)}"
                yield from (f"    {join}" for join in large[node])


def _verdicts(joins: list[Join]) -> str:
    found = Counter(join.verdict for join in joins)
    return (
        f"{found[Verdict.CO_LOCATED]} of {len(joins)} co-located, {found[Verdict.MOVES]} move rows, "
        f"{found[Verdict.UNKNOWN]} depend on AUTO"
    )


def joins_of(statements: Iterable[Statement], reader: JoinReader) -> dict[str, list[Join]]:
    """Return the joins of each node of dbt that has one. dbt names the node in the first of several statements only."""
    nodes: dict[int, str] = {}
    joins: dict[str, list[Join]] = {}
    for statement in statements:
        if statement.text.startswith("/*"):
            node = _NODE.search(statement.text)
            nodes[statement.session] = node[1] if node else _RUN
        if not statement.is_failed and (found := reader.read(statement.text)):
            joins.setdefault(nodes.get(statement.session, _RUN), []).extend(found)
    return joins


@contextmanager
def counted(stand_in: StandIn, sizes: Mapping[str, int], reader: JoinReader, *, all_days: bool) -> Iterator[Counted]:
    """Count what happens inside a `with` block; the result is complete after it.

    Args:
        stand_in: the server.
        reader: knows the tables that builds made before.
        sizes: the size of each object in bronze, by its path below the root.
        all_days: whether a query without days reads all of them. Otherwise its condition is false.
    """
    made = Counted()
    kept: list[Statement] = []
    stand_in.history.kept = kept
    try:
        yield made
    finally:
        stand_in.history.kept = None
    made.statements = len(kept)
    made.joins = joins_of(kept, reader)
    made.connections = len({statement.session for statement in kept})
    for statement in kept:
        for size in _opened(statement.text, sizes, all_days=all_days):
            made.files += 1
            made.bytes += size
        if statement.written_rows and (target := _TARGET.search(statement.text)):
            made.written[".".join(target.groups())] += statement.written_rows


def _opened(sql: str, sizes: Mapping[str, int], *, all_days: bool) -> Iterator[int]:
    """Yield the size of each file that a statement opens."""
    if not _READING.search(sql):
        return
    days = set(_DAY.findall(sql))
    for table in _EXTERNAL.finditer(sql):
        folder = f"{table['domain']}/{table['entity']}/"
        for path, size in sizes.items():
            if path.startswith(folder) and (path.split("dt=")[1][:10] in days if days else all_days):
                yield size
