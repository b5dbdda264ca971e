"""Customers: who joins, and who changes address, segment, credit score or telephone number."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from numpy.random import Generator

from loaders.generate.locations import Locations
from loaders.generate.pools import Pools, mailbox
from loaders.generate.streams import Subject, draw, stream
from loaders.generate.tables import (
    DAY,
    Integers,
    dates,
    days_since_1970,
    extended,
    midnight,
    moments,
    numbered,
    replaced,
    timestamps,
)

SEGMENTS = ("Mass", "Affluent", "Private", "Student")
SEGMENT_SHARES = np.array([0.68, 0.18, 0.04, 0.10])
STUDENT = SEGMENTS.index("Student")

NEW_PER_DAY = 0.001  # per customer
CHANGED_PER_DAY = 0.005
CHANGED_TWICE = 0.1  # share of the changed customers
LONGEST_MEMBERSHIP = 12 * 365  # days before the first day

MEAN_SCORE, SCORE_SPREAD, LOWEST_SCORE, HIGHEST_SCORE = 690, 75, 300, 850

CHANGES = ("address", "segment", "credit_score", "phone")
CHANGE_SHARES = np.array([0.30, 0.12, 0.48, 0.10])
TAKEN_OVER_FROM = 5_000_000  # numbers in the e-mail addresses of thieves, higher than any customer's own number


class Customers:
    """The current state of all customers.

    Attributes:
        table: one row per customer: the columns of the contract, then `home` (position of the location).
        changed: the positions of the customers that have changed on the current day.
    """

    def __init__(self, seed: int, pools: Pools, locations: Locations, count: int, start: date) -> None:
        """Start with customers who joined before the first day and have not changed since."""
        self._seed = seed
        self._pools = pools
        self._locations = locations
        self.changed: Integers = np.zeros(0, np.int64)
        self._mailboxes = (mailbox(pools.first_names), mailbox(pools.last_names))
        self.table = pl.DataFrame()
        rng = stream(seed, start, Subject.CUSTOMERS_NEW)
        self._join(rng, days_since_1970(start) - rng.integers(1, LONGEST_MEMBERSHIP, count))

    def join(self, day: date) -> pl.DataFrame:
        """Add the day's new customers, at least one, and return them."""
        rng = stream(self._seed, day, Subject.CUSTOMERS_NEW)
        count = max(1, int(rng.poisson(NEW_PER_DAY * self.table.height)))
        return self._join(rng, np.full(count, days_since_1970(day)))

    def change(self, day: date) -> pl.DataFrame:
        """Change at least one customer and return the new versions. A few customers change twice."""
        rng = stream(self._seed, day, Subject.CUSTOMERS_CHANGED)
        total = self.table.height
        count = min(total, max(1, int(rng.poisson(CHANGED_PER_DAY * total))))
        changed = rng.choice(total, count, replace=False)
        self.changed = changed
        again = changed[: int(rng.binomial(count, CHANGED_TWICE))]
        return pl.concat([self._change(rng, changed, day, 0, 12), self._change(rng, again, day, 12, 24)])

    def take_over(self, rng: Generator, positions: Integers, day: date) -> pl.DataFrame:
        """Replace the e-mail address and telephone number of customers; they must not have changed on this day."""
        count = len(positions)
        mailboxes = [names.gather(rng.integers(0, len(names), count)) for names in self._mailboxes]
        rows = self.table[positions].with_columns(
            email=pl.Series(mailboxes[0] + "." + mailboxes[1])
            + "."
            + pl.Series(TAKEN_OVER_FROM + rng.integers(0, TAKEN_OVER_FROM, count)).cast(pl.String)
            + "@example.com",
            phone=self._phones(rng, count),
            updated_at=timestamps(moments(rng, np.full(count, midnight(day)), 12, 24)),
        )
        self.table = replaced(self.table, positions, rows)
        return rows

    def homes(self) -> Integers:
        """Return the position of each customer's location."""
        return self.table["home"].to_numpy()

    def _join(self, rng: Generator, signup_days: Integers) -> pl.DataFrame:
        count = len(signup_days)
        pools = self._pools
        first_names, last_names = (
            rng.integers(0, len(pools.first_names), count),
            rng.integers(0, len(pools.last_names), count),
        )
        homes, locations = self._homes(rng, count)
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
                "phone": self._phones(rng, count),
                "date_of_birth": dates(signup_days - rng.integers(youngest, oldest, count)),
                "address": self._addresses(rng, count),
                "city": locations["city"],
                "state": locations["state"],
                "country": locations["country"],
                "segment": pl.Series(SEGMENTS).gather(segments),
                "credit_score": np.clip(
                    np.rint(rng.normal(MEAN_SCORE, SCORE_SPREAD, count)), LOWEST_SCORE, HIGHEST_SCORE
                ).astype(np.int64),
                "signup_date": dates(signup_days),
                "updated_at": timestamps(moments(rng, signup_days * DAY, 8, 12)),
                "location_id": locations["location_id"],
                "home": homes,
            }
        ).select(
            "customer_id",
            "first_name",
            "last_name",
            pl.format("{}.{}.{}@example.com", "mailbox_first", "mailbox_last", "number").alias("email"),
            "phone",
            "date_of_birth",
            "address",
            "city",
            "state",
            "country",
            "segment",
            "credit_score",
            "signup_date",
            "updated_at",
            "location_id",
            "home",
        )
        self.table = extended(self.table, rows)
        return rows

    def _change(self, rng: Generator, positions: Integers, day: date, from_hour: int, to_hour: int) -> pl.DataFrame:
        """Change the address, segment, credit score or telephone number of each customer at these positions."""
        count = len(positions)
        homes, locations = self._homes(rng, count)
        before = self.table[positions]
        rows = (
            before.with_columns(
                pl.Series("change", CHANGES).gather(draw(rng, count, CHANGE_SHARES)),
                new_address=self._addresses(rng, count),
                new_city=locations["city"],
                new_state=locations["state"],
                new_country=locations["country"],
                new_location_id=locations["location_id"],
                new_home=pl.Series(homes),
                new_phone=self._phones(rng, count),
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
                    ("address", "country"),
                    ("address", "location_id"),
                    ("address", "home"),
                    ("phone", "phone"),
                    ("segment", "segment"),
                    ("credit_score", "credit_score"),
                )
            )
            .select(self.table.columns)
        )
        self.table = replaced(self.table, positions, rows)
        return rows

    def _homes(self, rng: Generator, count: int) -> tuple[Integers, pl.DataFrame]:
        """Draw homes: the positions of their locations, and those locations."""
        homes = self._locations.pick(rng, self._locations.home_cities(rng, count))
        return homes, self._locations.table[homes]

    @staticmethod
    def _phones(rng: Generator, count: int) -> pl.Series:
        area, line = pl.Series(rng.integers(201, 990, count)), pl.Series(rng.integers(0, 10_000, count))
        return "+1-" + area.cast(pl.String) + "-555-" + line.cast(pl.String).str.zfill(4)

    def _addresses(self, rng: Generator, count: int) -> pl.Series:
        numbers = pl.Series(rng.integers(1, 10_000, count)).cast(pl.String)
        return numbers + " " + self._pools.streets.gather(rng.integers(0, len(self._pools.streets), count))


def _other_segments(rng: Generator, segments: pl.Series) -> pl.Series:
    now = segments.replace_strict(SEGMENTS, range(len(SEGMENTS)), return_dtype=pl.Int64).to_numpy()
    return pl.Series(SEGMENTS).gather((now + rng.integers(1, len(SEGMENTS), len(now))) % len(SEGMENTS))


def _other_scores(rng: Generator, scores: Integers) -> Integers:
    """Move each score by 5 to 60 points, in the other direction if it would leave the scale."""
    steps = rng.integers(5, 61, len(scores)) * rng.choice([-1, 1], len(scores))
    moved = scores + steps
    result: Integers = np.where((moved < LOWEST_SCORE) | (moved > HIGHEST_SCORE), scores - steps, moved)
    return result
