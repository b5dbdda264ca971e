"""Files that have landed and are not loaded."""

from __future__ import annotations

import re

from loaders.audit import queries
from loaders.audit.warehouse import DUCKDB, Row, Warehouse

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# The guide shows the parameters of a partition as a text, and not its form.
_FILES = re.compile(r"tieout\.files\D+(\d+)")


def not_loaded(warehouse: Warehouse) -> Row:
    """Return the number of landed files that are not loaded, and the arrival day of the oldest.

    On Redshift only the manifests of days are read on which the delivery log has another number of manifests than the
    catalog, or of all days if the user does not see the partitions of the catalog.

    Raises:
        BronzeIsAwayError: the landed files are elsewhere.
        TieoutError: a table is not there, may not be read, or the engine refuses the query.
    """
    days = None if warehouse.engine == DUCKDB else _days_to_read(warehouse)
    if days is not None and not days:
        return {"file_count": 0, "oldest_on": None}
    condition = "1 = 1"
    if days is not None:
        literals = ", ".join(f"cast('{day}' as date)" for day in days)
        condition = f"landed.dt in ({literals})"
    return warehouse.row(queries.NOT_LOADED.format(days=condition))


def _days_to_read(warehouse: Warehouse) -> list[str] | None:
    """Return the arrival days that may have files that are not loaded; None if it may be any."""
    partitions = warehouse.rows(queries.MANIFESTS_IN_CATALOG)
    if not partitions:
        return None
    loaded = {row["arrived_on"]: row["file_count"] for row in warehouse.rows(queries.MANIFESTS_LOADED)}
    days = []
    for partition in partitions:
        day, count = _DAY.search(partition["values"]), _FILES.search(partition["parameters"] or "")
        if day and (not count or int(count[1]) != loaded.get(day[0], 0)):
            days.append(day[0])
    return sorted(days)
