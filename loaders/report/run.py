"""The run that a report shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from loaders.audit.warehouse import Warehouse
from loaders.errors import TieoutError

_LAST = """
select invocation_id, command, engine, target_name, min(run_started_at) as started_at
from {audit}.run_history
where run_started_at = (select max(run_started_at) from {audit}.run_history)
group by invocation_id, command, engine, target_name
order by invocation_id
"""


@dataclass(frozen=True)
class Run:
    """A run of dbt.

    Attributes:
        run_id: dbt's invocation id.
        started_at: when it began, UTC.
        command: the command of dbt.
        engine: `duckdb` or `redshift`.
        target: the target of the profile.
    """

    run_id: str
    started_at: datetime
    command: str
    engine: str
    target: str

    @property
    def shown(self) -> str:
        """The run in a sentence of a report."""
        how = f"dbt {self.command}, {self.target} on {self.engine}"
        return f"run {self.run_id} of {self.started_at:%Y-%m-%d %H:%M:%S} UTC ({how})"


def last_run(warehouse: Warehouse) -> Run:
    """Return the last run of dbt that the warehouse has recorded.

    Raises:
        TieoutError: it has recorded none, or cannot be read.
    """
    rows = warehouse.rows(_LAST)
    if not rows:
        raise TieoutError(f"No run of dbt is recorded in {warehouse.location}. Build the warehouse first: dbt build.")
    row = rows[0]
    return Run(row["invocation_id"], row["started_at"], row["command"], row["engine"], row["target_name"])
