"""Advertising campaigns, and their daily impressions, clicks and spend."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from numpy.random import Generator

from loaders.generate.commerce.assortment import CATEGORIES
from loaders.generate.streams import Subject, draw, stream
from loaders.generate.tables import (
    DAY,
    HOUR,
    Floats,
    Integers,
    dates,
    days_since_1970,
    extended,
    midnight,
    moments,
    money,
    numbered,
    replaced,
    timestamps,
)

PLATFORMS = ("Google Ads", "Microsoft Ads", "Meta Ads", "TikTok Ads", "Pinterest Ads")
PLATFORM_SHARES = np.array([0.36, 0.12, 0.30, 0.13, 0.09])
CLICK_THROUGH_RATES = np.array([0.034, 0.028, 0.013, 0.010, 0.008])
DOLLARS_PER_CLICK = np.array([0.85, 0.70, 0.60, 0.42, 0.38])
CONVERSIONS = np.array([1.0, 0.9, 0.75, 0.45, 0.40])  # orders per click, relative to the best platform
GOALS = ("Prospecting", "Retargeting", "Bestsellers", "New Arrivals")

RUNNING = 12  # campaigns at a time
SHORTEST, LONGEST = 14, 45  # days
DOLLARS_PER_ORDER = 5.0  # advertising per day, by the number of orders per day
SIZE_SPREAD, DAY_SPREAD = 0.5, 0.15
BUDGET_STEP = 10_00  # cents
EXTENDED, EXTENDED_BY = 0.008, 7  # share of the running campaigns per day; days
REPORTED_AT = 24 * HOUR - HOUR // 6
CORRECTED, CORRECTED_AFTER, MOST_INVALID = 0.15, 2, 0.04  # share of the reports; days; share of the clicks


class Campaigns:
    """The current state of all campaigns, and their recent reports.

    Attributes:
        table: one row per campaign: the columns of the contract (amounts in cents), then `platform` and `category`
            (positions), `starts` and `ends` (days since 1970) and `daily` (spend on an ordinary day, in cents).
    """

    def __init__(self, seed: int, orders_per_day: int, start: date) -> None:
        """Start with campaigns that started on or before the first day."""
        self._seed = seed
        self._daily = orders_per_day * DOLLARS_PER_ORDER / RUNNING * 100
        self.table = pl.DataFrame()
        self._reported: dict[int, pl.DataFrame] = {}
        rng = stream(seed, start, Subject.CAMPAIGNS)
        lengths = rng.integers(SHORTEST, LONGEST + 1, RUNNING)
        self._launch(rng, days_since_1970(start) - rng.integers(0, lengths), lengths)

    def change(self, day: date) -> pl.DataFrame:
        """Extend some campaigns and replace those that have ended; return the extended and new ones."""
        rng = stream(self._seed, day, Subject.CAMPAIGNS)
        running = self.running(day)
        chosen = running[rng.random(len(running)) < EXTENDED]
        before = self.table[chosen]
        more = np.rint(before["daily"].to_numpy() * EXTENDED_BY / BUDGET_STEP).astype(np.int64) + 1
        longer = before.with_columns(
            ends=pl.col("ends") + EXTENDED_BY,
            end_date=dates(before["ends"].to_numpy() + EXTENDED_BY),
            budget_amount=pl.col("budget_amount") + pl.Series(more * BUDGET_STEP),
            updated_at=timestamps(moments(rng, np.full(len(chosen), midnight(day)), 0, 1)),
        )
        self.table = replaced(self.table, chosen, longer)
        count = RUNNING - len(running)
        lengths = rng.integers(SHORTEST, LONGEST + 1, count)
        return pl.concat([longer, self._launch(rng, np.full(count, days_since_1970(day)), lengths)])

    def running(self, day: date) -> Integers:
        """Return the positions of the campaigns that run on a day."""
        today = days_since_1970(day)
        is_running = (self.table["starts"] <= today) & (self.table["ends"] >= today)
        return np.flatnonzero(is_running.to_numpy()).astype(np.int64)

    def advertise(self, day: date, factor: float) -> pl.DataFrame:
        """Return the day's figures of the running campaigns: `campaign` (position), `impressions`, `clicks`, `spend`.

        Args:
            day: the day.
            factor: the factor of the number of orders on this day.
        """
        rng = stream(self._seed, day, Subject.MARKETING_SPEND)
        campaigns = self.running(day)
        count = len(campaigns)
        platform = self.table["platform"].to_numpy()[campaigns]
        cents = self.table["daily"].to_numpy()[campaigns] * factor * np.exp(DAY_SPREAD * rng.standard_normal(count))
        per_click: Floats = DOLLARS_PER_CLICK[platform] * 100
        clicks = rng.poisson(cents / per_click)
        shown = clicks / CLICK_THROUGH_RATES[platform] * rng.uniform(0.85, 1.15, count)
        return pl.DataFrame(
            {
                "campaign": campaigns,
                "impressions": np.maximum(clicks, np.rint(shown).astype(np.int64)) + rng.poisson(20, count),
                "clicks": clicks,
                "spend": np.rint(clicks * per_click * rng.uniform(0.9, 1.1, count)).astype(np.int64),
            }
        )

    def report(self, day: date, figures: pl.DataFrame, orders: Integers) -> pl.DataFrame:
        """Return what the platforms report on a day: the figures of the day, and corrections of earlier figures.

        Args:
            day: the day.
            figures: the figures that `advertise` returned.
            orders: by row of the figures, the number of orders that the campaign led to.
        """
        rng = stream(self._seed, day, Subject.MARKETING_SPEND, 1)
        today = days_since_1970(day)
        new = figures.with_columns(
            orders=pl.Series(orders, dtype=pl.Int64),
            day=pl.lit(today, dtype=pl.Int64),
            moment=pl.lit(midnight(day) + REPORTED_AT, dtype=pl.Int64),
        )
        self._reported[today] = new
        before = self._reported.pop(today - CORRECTED_AFTER, new.clear())
        before = before.filter(pl.Series(rng.random(before.height) < CORRECTED, dtype=pl.Boolean))
        clicks = before["clicks"].to_numpy()
        # Platforms withdraw invalid clicks, but never clicks that led to orders.
        valid = np.floor(clicks * (1 - rng.uniform(0, MOST_INVALID, len(clicks)))).astype(np.int64)
        valid = np.maximum(valid, before["orders"].to_numpy())
        share = valid / np.maximum(clicks, 1)
        corrected = before.with_columns(
            clicks=pl.Series(valid, dtype=pl.Int64),
            spend=pl.Series(np.rint(before["spend"].to_numpy() * share).astype(np.int64), dtype=pl.Int64),
            moment=pl.Series(moments(rng, np.full(len(clicks), midnight(day)), 6, 7), dtype=pl.Int64),
        ).filter(pl.Series(valid < clicks, dtype=pl.Boolean))
        rows = pl.concat([corrected, new])
        return pl.DataFrame(
            {
                "campaign_id": self.table["campaign_id"].gather(rows["campaign"]),
                "spend_date": dates(rows["day"].to_numpy()),
                "impressions": rows["impressions"],
                "clicks": rows["clicks"],
                "spend": rows["spend"],
                "updated_at": timestamps(rows["moment"].to_numpy()),
            }
        ).with_columns(money(pl.col("spend")))

    def _launch(self, rng: Generator, starts: Integers, lengths: Integers) -> pl.DataFrame:
        count = len(starts)
        platform = draw(rng, count, PLATFORM_SHARES)
        category = rng.integers(0, len(CATEGORIES), count)
        daily = np.maximum(self._daily * np.exp(SIZE_SPREAD * rng.standard_normal(count)), 1)
        budget = (np.ceil(daily * lengths / BUDGET_STEP) * BUDGET_STEP).astype(np.int64)
        category_name = pl.Series([one.name for one in CATEGORIES]).gather(category)
        goal = pl.Series(GOALS).gather(rng.integers(0, len(GOALS), count))
        rows = pl.DataFrame(
            {
                "campaign_id": numbered("CMP", self.table.height + 1, count, 4),
                "campaign_name": category_name + " " + dates(starts).dt.strftime("%B %Y") + " " + goal,
                "ad_platform": pl.Series(PLATFORMS).gather(platform),
                "start_date": dates(starts),
                "end_date": dates(starts + lengths - 1),
                "budget_amount": budget,
                "updated_at": timestamps(moments(rng, starts * DAY, 0, 1)),
                "platform": platform,
                "category": category,
                "starts": starts,
                "ends": starts + lengths - 1,
                "daily": daily,
            }
        )
        self.table = extended(self.table, rows)
        return rows


def delivered(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with amounts in main units."""
    return rows.with_columns(money(pl.col("budget_amount")))
