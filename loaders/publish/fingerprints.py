"""What a table holds, partition by partition: the number of rows, and a number made of all their values."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from loaders.audit.warehouse import DUCKDB, Warehouse
from loaders.errors import TieoutError
from loaders.publish.tables import ALL, FINGERPRINT, Table


@dataclass(frozen=True)
class Content:
    """What a partition holds.

    Attributes:
        rows: the number of its rows.
        fingerprint: the sum of the fingerprints of its rows. Those of the two engines differ.
    """

    rows: int
    fingerprint: str


def contents(warehouse: Warehouse, table: Table) -> dict[str, Content]:
    """Return what a table holds by partition, in order.

    Rows that are kept from run to run have a fingerprint, which the audit has compared with their values. That of other
    rows is computed.

    Raises:
        TieoutError: the table cannot be read, or a row has no day.
    """
    value = FINGERPRINT if table.has_fingerprint else _computed(warehouse.engine, table)
    # On Redshift the sum of bigints is a bigint, which some hundred fingerprints exceed.
    total = f"sum(cast({value} as decimal(38, 0)))"
    found = warehouse.rows(
        f"select {table.day or _literal(ALL)} as part, count(*) as row_count, {total} as fingerprint "  # noqa: S608
        f"from {{gold}}.{table.name} as published group by 1 order by 1"
    )
    if any(row["part"] is None for row in found):
        raise TieoutError(f"{table.name} has rows without {table.day}. Run dbt build, and `tieout check` says why.")
    return {str(row["part"]): Content(int(row["row_count"]), str(int(row["fingerprint"]))) for row in found}


def _computed(engine: str, table: Table) -> str:
    if engine == DUCKDB:
        return f"hash({', '.join(table.names)})"
    # As in the macro fingerprint: a part has at most 17 digits, so the sum of 90 columns fits into a bigint.
    return " + ".join(
        f"case when {name} is null then 0 else mod(fnv_hash({name}, cast({_seed(name)} as bigint)), "
        "100000000000000003) end"
        for name in table.names
    )


def _seed(name: str) -> int:
    return int(hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()[:12], 16)


def _literal(value: str) -> str:
    return f"cast('{value}' as varchar(10))"
