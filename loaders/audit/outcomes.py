"""What became of the accepted rows of a record, and why."""

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
    """Return whether a row says that the source has deleted its record."""
    return bool(row.get("record_status") == WITHDRAWN)


def settled_row(accepted: list[Row], *, has_versions: bool = False) -> Row:
    """Return the row that counts, of accepted rows with the latest first.

    Where the entity has versions, the first of several states with the same content is kept, because a version starts
    with it. Elsewhere it is the last one.
    """
    kept = accepted[0]
    if not has_versions:
        return kept
    for row in _states(accepted):
        if row["content"] != kept["content"]:
            break
        kept = row
    return kept


def why(winner: Row, other: Row) -> str:
    """Say which column decided between the row that won and another accepted row."""
    for column, reason in _ORDER:
        if winner[column] != other[column]:
            return reason.format(winner=shown(winner[column]), other=shown(other[column]))
    return "it is the same row"


def outcomes_of(accepted: list[Row], replaced_by: str | None = None, *, has_versions: bool = False) -> list[str]:
    """Say what became of each accepted row of a record, and why.

    Args:
        accepted: the rows, the latest first: by update time, then by order of arrival.
        replaced_by: the record that replaces this one, if there is one.
        has_versions: whether the entity has versions, so that the first of equal states is kept.
    """
    if not accepted:
        return []
    states = _states(accepted)
    winner = settled_row(accepted, has_versions=has_versions)
    state_of_time = {state["updated_at"]: state for state in states}
    kept_of = _kept(states if not has_versions else states[::-1])
    outcomes: list[str] = []
    for row in accepted:
        state = state_of_time[row["updated_at"]]
        kept = kept_of[row["updated_at"]]
        if row is not state:
            outcomes.append(f"duplicate of {_file_and_line(state)}: {why(state, row)}")
        elif row is winner:
            outcome = "withdrawn" if is_withdrawn(row) else f"replaced by {replaced_by}" if replaced_by else "current"
            count = len(accepted) - 1
            outcomes.append(f"{outcome}: it won over {count}" if count else f"{outcome}, the only accepted row")
        elif row is not kept:
            when = "an earlier" if has_versions else "a later"
            outcomes.append(
                f"duplicate of {_file_and_line(kept)}: that row has the same content and {when} update time, "
                f"{shown(kept['updated_at'])}"
            )
        else:
            word = "withdrawn" if is_withdrawn(winner) else "replaced" if replaced_by else "current"
            outcomes.append(f"superseded by the {word} row: {why(winner, row)}")
    return outcomes


def _states(accepted: list[Row]) -> list[Row]:
    """Return the row that counts for each update time: the one that arrived last, which comes first."""
    states: dict[object, Row] = {}
    for row in accepted:
        states.setdefault(row["updated_at"], row)
    return list(states.values())


def _kept(states: list[Row]) -> dict[object, Row]:
    """Return, by update time, the first of the neighbouring states with the same content."""
    kept: dict[object, Row] = {}
    before: Row | None = None
    for state in states:
        before = before if before is not None and before["content"] == state["content"] else state
        kept[state["updated_at"]] = before
    return kept


def _file_and_line(row: Row) -> str:
    return f"{row['source_file']} line {row['source_line']}"
