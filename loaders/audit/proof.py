"""How old the last full proof is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

FULL_PROOF_DAYS = 8
"""The age in days at which a full proof is too old: a week and a day, for a proof on the same day of every week."""

_COMMAND = "dbt build --select path:models/audit --vars 'proof: full'"


def full_proof(proved_at: datetime | None, now: datetime, limit: int) -> tuple[str, bool]:
    """Say when the last full proof ran, and whether it is recent enough.

    Args:
        proved_at: when it ran, UTC; none if it never did.
        now: the present time.
        limit: the age in days at which it is too old.

    Returns:
        A sentence, and True if the proof is recent.
    """
    if proved_at is None:
        return f"A full proof has never run. Run {_COMMAND}", False
    if proved_at.tzinfo is None:
        proved_at = proved_at.replace(tzinfo=UTC)
    if now - proved_at > timedelta(days=limit):
        return (
            f"The last full proof ran on {proved_at:%Y-%m-%d}, more than {limit} days ago (full_proof_days in "
            f"dbt_project.yml). Run {_COMMAND}",
            False,
        )
    return f"The last full proof ran on {proved_at:%Y-%m-%d}. Later builds proved what they added.", True
