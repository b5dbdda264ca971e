"""What became of the accepted rows of a transaction, and why."""

from __future__ import annotations

from loaders.audit.console import shown
from loaders.audit.warehouse import Row

# What decides between two accepted rows, in this order (docs/decisions/0002-latest-by-columns-of-the-row.md).
_ORDER = (
    ("updated_at", "its update time {winner} is later than {other}"),
    ("arrived_on", "the update times are equal, and it arrived later, on {winner}, not {other}"),
    ("source_file", "update time and arrival day are equal, and its file {winner} comes after {other}"),
    ("source_line", "all else is equal, and its line {winner} comes after {other}"),
)


WITHDRAWN = "deleted"


def is_withdrawn(row: Row) -> bool:
    """Return whether a row says that the source has deleted its transaction."""
    return bool(row.get("record_status") == WITHDRAWN)


def why(winner: Row, other: Row) -> str:
    """Say which column decided between the row that won and another accepted row."""
    for column, reason in _ORDER:
        if winner[column] != other[column]:
            return reason.format(winner=shown(winner[column]), other=shown(other[column]))
    return "it is the same row"


def outcomes_of(accepted: list[Row], replaced_by: str | None = None) -> list[str]:
    """Say what became of each accepted row of a transaction, and why.

    Args:
        accepted: the rows, the latest first: by update time, then by order of arrival.
        replaced_by: the transaction that replaces this one, if there is one.
    """
    outcomes: list[str] = []
    state: Row | None = None  # the row that counts for its update time
    after: Row | None = None  # the state after it
    for row in accepted:
        if state is not None and row["updated_at"] == state["updated_at"]:
            outcomes.append(f"duplicate of {_file_and_line(state)}: {why(state, row)}")
            continue
        state, after = row, state
        if after is None:
            outcome = "withdrawn" if is_withdrawn(row) else f"replaced by {replaced_by}" if replaced_by else "current"
            count = len(accepted) - 1
            outcomes.append(f"{outcome}: it won over {count}" if count else f"{outcome}, the only accepted row")
        elif row["content"] == after["content"]:
            outcomes.append(f"duplicate of {_file_and_line(after)}: that row has the same content and {_later(after)}")
        else:
            winner = "withdrawn" if is_withdrawn(accepted[0]) else "replaced" if replaced_by else "current"
            outcomes.append(f"superseded by the {winner} row: {why(accepted[0], row)}")
    return outcomes


def _later(row: Row) -> str:
    return f"a later update time, {shown(row['updated_at'])}"


def _file_and_line(row: Row) -> str:
    return f"{row['source_file']} line {row['source_line']}"
