"""Customer interactions: who contacts the bank, how, why, and whether the matter was resolved."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from loaders.generate.habits import BRANCH, CHANNELS, SATURDAY
from loaders.generate.streams import Subject, draw, draw_rows, stream
from loaders.generate.tables import dates, days_since_1970, midnight, moments, numbered, timestamps

TYPES = ("Inquiry", "Complaint", "Service Request", "Sales", "Technical Support")
TYPE_SHARES = np.array([0.42, 0.13, 0.24, 0.09, 0.12])
CHANNEL_SHARES = np.array(  # a row per type, a column per channel; none in stores and at ATMs
    [
        [0.34, 0.28, 0.0, 0.0, 0.24, 0.14],
        [0.22, 0.16, 0.0, 0.0, 0.47, 0.15],
        [0.26, 0.26, 0.0, 0.0, 0.23, 0.25],
        [0.18, 0.16, 0.0, 0.0, 0.26, 0.40],
        [0.28, 0.32, 0.0, 0.0, 0.38, 0.02],
    ]
)
DURATION_MEDIANS = np.array([210.0, 180.0, 1.0, 1.0, 420.0, 780.0])  # seconds, by channel
DURATION_SPREAD, SHORTEST, LONGEST = 0.7, 10, 7200
RESOLVED_SHARES = np.array([0.95, 0.62, 0.86, 0.90, 0.72])  # resolved at once, by type
ANSWERED = 0.45  # share of interactions with a satisfaction score
SCORE_SHARES = np.array([[0.25, 0.27, 0.24, 0.16, 0.08], [0.03, 0.06, 0.16, 0.37, 0.38]])  # unresolved, resolved
PER_DAY = 0.02  # per customer
ON_WEEKENDS = 0.35  # factor on weekends
LONGEST_OPEN = 7  # days until a late resolution
NEVER_RESOLVED = 0.2  # share of those that are not resolved at once
OPENS, CLOSES = 7, 20.5
BRANCH_OPENS, BRANCH_CLOSES = 9, 17  # closed on weekends


class Interactions:
    """Creates each day's interactions and keeps the unresolved ones."""

    def __init__(self, seed: int) -> None:
        """Start without interactions."""
        self._seed = seed
        self._made = 0
        self._unresolved = pl.DataFrame()

    def resolve(self, day: date) -> pl.DataFrame:
        """Resolve the interactions that are due on this day and return the new versions. Scores do not change."""
        rng = stream(self._seed, day, Subject.INTERACTIONS_CHANGED)
        if not self._unresolved.width:
            return self._unresolved
        due = self._unresolved.filter(pl.col("due") == day)
        self._unresolved = self._unresolved.filter(pl.col("due") != day)
        return due.drop("due").with_columns(
            is_resolved=pl.lit(value=True),
            updated_at=timestamps(moments(rng, np.full(due.height, midnight(day)), OPENS, CLOSES)),
        )

    def make(self, day: date, customers: pl.DataFrame, known: int) -> pl.DataFrame:
        """Return the day's interactions of the first `known` customers."""
        rng = stream(self._seed, day, Subject.INTERACTIONS_NEW)
        mean = PER_DAY * known * (ON_WEEKENDS if day.weekday() >= SATURDAY else 1)
        count = int(rng.poisson(mean))
        type_ = draw(rng, count, TYPE_SHARES)
        shares = CHANNEL_SHARES.copy()
        if day.weekday() >= SATURDAY:
            shares[:, BRANCH] = 0
        channel = draw_rows(rng, shares, type_)
        seconds = DURATION_MEDIANS[channel] * np.exp(DURATION_SPREAD * rng.standard_normal(count))
        resolved = rng.random(count) < RESOLVED_SHARES[type_]
        score = 1 + draw_rows(rng, SCORE_SHARES, resolved.astype(np.int64))
        midnights = np.full(count, midnight(day))
        anywhere, in_branch = (
            moments(rng, midnights, OPENS, CLOSES),
            moments(rng, midnights, BRANCH_OPENS, BRANCH_CLOSES),
        )
        began = np.where(channel == BRANCH, in_branch, anywhere)
        duration = np.clip(seconds, SHORTEST, LONGEST).astype(np.int64)
        rows = pl.DataFrame(
            {
                "interaction_id": numbered("X", self._made + 1, count, 7),
                "customer_id": customers["customer_id"].gather(rng.integers(0, known, count)),
                "channel": pl.Series(CHANNELS).gather(channel),
                "interaction_type": pl.Series(TYPES).gather(type_),
                "interaction_ts": timestamps(began),
                "duration_seconds": duration,
                "satisfaction_score": pl.select(
                    pl.when(pl.Series(rng.random(count) < ANSWERED)).then(pl.Series(score))
                ).to_series(),
                "is_resolved": resolved,
                "updated_at": timestamps(began + duration * 1_000_000),
            }
        )
        self._made += count
        waits = rng.integers(1, LONGEST_OPEN + 1, count)
        stays = resolved | (rng.random(count) < NEVER_RESOLVED)
        due = dates(days_since_1970(day) + waits[~stays])
        waiting = rows.filter(pl.Series(~stays, dtype=pl.Boolean)).with_columns(due=due)
        self._unresolved = pl.concat([self._unresolved, waiting]) if self._unresolved.width else waiting
        return rows
