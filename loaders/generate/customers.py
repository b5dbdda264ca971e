"""Customers: who they are, who joins, who moves house or changes segment or credit score."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from numpy.random import Generator

from loaders.generate.pools import Pools, mailbox
from loaders.generate.streams import Subject, draw, stream
from loaders.generate.tables import (
    DAY,
    Integers,
    dates,
    days_since_1970,
    midnight,
    moments,
    numbered,
    replaced,
    timestamps,
)

SEGMENTS = ("Mass", "Affluent", "Private", "Student")
SEGMENT_SHARES = np.array([0.68, 0.18, 0.04, 0.10])
STUDENT = SEGMENTS.index("Student")

NEW_A_DAY = 0.003  # of the customers there are
CHANGED_A_DAY = 0.005
CHANGED_TWICE = 0.1  # of the changed
LONGEST_MEMBERSHIP = 12 * 365  # days before the first delivery

MEAN_SCORE, SCORE_SPREAD, LOWEST_SCORE, HIGHEST_SCORE = 690, 75, 300, 850

CHANGES = ("address", "segment", "credit_score")
CHANGE_SHARES = np.array([0.35, 0.15, 0.50])


class Customers:
    """All customers of the bank, as they are now.

    Attributes:
        table: one row per customer, with the columns of the contract.
    """

    def __init__(self, seed: int, pools: Pools, count: int, start: date) -> None:
        """Begin with the customers who joined before the first day; each is as it was on joining."""
        self._seed = seed
        self._pools = pools
        self._mailboxes = (mailbox(pools.first_names), mailbox(pools.last_names))
        self.table = pl.DataFrame()
        rng = stream(seed, start, Subject.CUSTOMERS_NEW)
        self._join(rng, days_since_1970(start) - rng.integers(1, LONGEST_MEMBERSHIP, count))

    def join(self, day: date) -> pl.DataFrame:
        """Add the day's new customers, at least one, and return them."""
        rng = stream(self._seed, day, Subject.CUSTOMERS_NEW)
        count = max(1, int(rng.poisson(NEW_A_DAY * self.table.height)))
        return self._join(rng, np.full(count, days_since_1970(day)))

    def change(self, day: date) -> pl.DataFrame:
        """Change some customers, at least one, and return the new versions; a few change twice on one day."""
        rng = stream(self._seed, day, Subject.CUSTOMERS_CHANGED)
        total = self.table.height
        count = min(total, max(1, int(rng.poisson(CHANGED_A_DAY * total))))
        changed = rng.choice(total, count, replace=False)
        again = changed[: int(rng.binomial(count, CHANGED_TWICE))]
        return pl.concat([self._change(rng, changed, day, 0, 12), self._change(rng, again, day, 12, 24)])

    def _join(self, rng: Generator, signup_days: Integers) -> pl.DataFrame:
        count = len(signup_days)
        pools = self._pools
        first_names, last_names = (
            rng.integers(0, len(pools.first_names), count),
            rng.integers(0, len(pools.last_names), count),
        )
        places = rng.integers(0, len(pools.cities), count)
        segments = draw(rng, count, SEGMENT_SHARES)
        youngest, oldest = 18 * 366, np.where(segments == STUDENT, 28 * 365, 80 * 365)
        number = self.table.height + 1
        rows = pl.DataFrame(
            {
                "customer_id": numbered("C", number, count, 6),
                "first_name": pools.first_names.gather(first_names),
                "last_name": pools.last_names.gather(last_names),
                "mailbox_first": self._mailboxes[0].gather(first_names),
                "mailbox_last": self._mailboxes[1].gather(last_names),
                "number": np.arange(number, number + count),
                "phone_area": rng.integers(201, 990, count),
                "phone_line": rng.integers(0, 10_000, count),
                "date_of_birth": dates(signup_days - rng.integers(youngest, oldest, count)),
                "address": self._addresses(rng, count),
                "city": pools.cities.gather(places),
                "state": pools.states.gather(places),
                "segment": pl.Series(SEGMENTS).gather(segments),
                "credit_score": np.clip(
                    np.rint(rng.normal(MEAN_SCORE, SCORE_SPREAD, count)), LOWEST_SCORE, HIGHEST_SCORE
                ).astype(np.int64),
                "signup_date": dates(signup_days),
                "updated_at": timestamps(moments(rng, signup_days * DAY, 8, 12)),
            }
        ).select(
            "customer_id",
            "first_name",
            "last_name",
            pl.format("{}.{}.{}@example.com", "mailbox_first", "mailbox_last", "number").alias("email"),
            pl.format("+1-{}-555-{}", "phone_area", pl.col("phone_line").cast(pl.String).str.zfill(4)).alias("phone"),
            "date_of_birth",
            "address",
            "city",
            "state",
            pl.lit("US").alias("country"),
            "segment",
            "credit_score",
            "signup_date",
            "updated_at",
        )
        self.table = pl.concat([self.table, rows]) if self.table.height else rows
        return rows

    def _change(self, rng: Generator, positions: Integers, day: date, from_hour: int, to_hour: int) -> pl.DataFrame:
        """Give each customer at these positions one other address, segment or credit score."""
        count = len(positions)
        places = rng.integers(0, len(self._pools.cities), count)
        before = self.table[positions]
        rows = (
            before.with_columns(
                pl.Series("change", CHANGES).gather(draw(rng, count, CHANGE_SHARES)),
                new_address=self._addresses(rng, count),
                new_city=self._pools.cities.gather(places),
                new_state=self._pools.states.gather(places),
                new_segment=_other_segments(rng, before["segment"]),
                new_credit_score=pl.Series(_other_scores(rng, before["credit_score"].to_numpy())),
                updated_at=timestamps(moments(rng, np.full(count, midnight(day)), from_hour, to_hour)),
            )
            .with_columns(
                pl.when(change=of).then(f"new_{column}").otherwise(column).alias(column)
                for of, column in (
                    ("address", "address"),
                    ("address", "city"),
                    ("address", "state"),
                    ("segment", "segment"),
                    ("credit_score", "credit_score"),
                )
            )
            .select(self.table.columns)
        )
        self.table = replaced(self.table, positions, rows)
        return rows

    def _addresses(self, rng: Generator, count: int) -> pl.Series:
        numbers = pl.Series(rng.integers(1, 10_000, count)).cast(pl.String)
        return numbers + " " + self._pools.streets.gather(rng.integers(0, len(self._pools.streets), count))


def _other_segments(rng: Generator, segments: pl.Series) -> pl.Series:
    now = segments.replace_strict(SEGMENTS, range(len(SEGMENTS)), return_dtype=pl.Int64).to_numpy()
    return pl.Series(SEGMENTS).gather((now + rng.integers(1, len(SEGMENTS), len(now))) % len(SEGMENTS))


def _other_scores(rng: Generator, scores: Integers) -> Integers:
    """Move each score by 5 to 60 points, inwards where it would leave the scale."""
    steps = rng.integers(5, 61, len(scores)) * rng.choice([-1, 1], len(scores))
    moved = scores + steps
    result: Integers = np.where((moved < LOWEST_SCORE) | (moved > HIGHEST_SCORE), scores - steps, moved)
    return result
