"""The incidents of each day, and the labels of their transactions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.random import Generator

from loaders.generate.customers import Customers
from loaders.generate.fraud.incidents import (
    Planned,
    account_takeover,
    card_testing,
    fan_in,
    fan_out,
    impossible_travel,
    structured_deposit,
)
from loaders.generate.fraud.labels import LABELS
from loaders.generate.fraud.scene import Scene
from loaders.generate.fraud.typologies import (
    ACCOUNT_TAKEOVER,
    CARD_TESTING,
    FAN_IN,
    FAN_OUT,
    IMPOSSIBLE_TRAVEL,
    STRUCTURING,
    TRANSACTIONS_PER_INCIDENT,
    TYPOLOGIES,
    TYPOLOGY_SHARES,
)
from loaders.generate.plan import COLUMNS, NOTHING, plan
from loaders.generate.pools import Pools
from loaders.generate.streams import Subject, stream
from loaders.generate.tables import Floats
from loaders.generate.world import World

STRUCTURED = (3, 6)  # number of deposits
STRUCTURING_DAYS = 5
LEAST_TO_TAKE = 20_000  # cents, in every currency: what an account must have available to be taken over

# Takeovers are planned the day before; the incidents of all other typologies start on the day when they are drawn.
_STARTED_AT_ONCE = [name for name in TYPOLOGIES if name != ACCOUNT_TAKEOVER]
_TRANSACTIONS: dict[str, Callable[[Scene, int], Iterator[Planned]]] = {
    CARD_TESTING: card_testing,
    IMPOSSIBLE_TRAVEL: impossible_travel,
    STRUCTURING: structured_deposit,
    ACCOUNT_TAKEOVER: account_takeover,
    FAN_IN: fan_in,
    FAN_OUT: fan_out,
}


@dataclass(frozen=True)
class _Part:
    """The part of an incident that takes place on one day."""

    incident: int
    account: int


class Fraud:
    """Plans the incidents and labels their transactions."""

    def __init__(self, seed: int, pools: Pools, share: float, per_day: int) -> None:
        """Plan incidents with so many transactions as the share of `per_day` ordinary transactions."""
        self._seed = seed
        self._pools = pools
        self._incidents_per_day = share * per_day / TRANSACTIONS_PER_INCIDENT
        self._typologies: list[str] = []  # by number of the incident
        self._scheduled: dict[date, list[_Part]] = defaultdict(list)

    def plan(self, day: date, world: World, to_usd: Floats) -> pl.DataFrame:
        """Return the transactions of the day's incidents, both new and continued."""
        if not self._incidents_per_day:
            return pl.DataFrame(schema=COLUMNS)
        rng = stream(self._seed, day, Subject.FRAUD)
        scene = Scene(rng, day, world, to_usd, self._pools)
        rows: list[Planned] = []
        for part in self._scheduled.pop(day, []):
            # The incident ends if the account was frozen or closed.
            if scene.is_active[part.account]:
                rows += self._transactions(scene, part)
        for typology in self._drawn(rng):
            rows += self._start(scene, day, typology)
        if not rows:
            return pl.DataFrame(schema=COLUMNS)
        columns: dict[str, Any] = {name: [row.get(name, NOTHING) for row in rows] for name in COLUMNS}
        columns["counterparty"] = pl.Series([row.get("counterparty") for row in rows], dtype=pl.String)
        return plan(**columns)

    def take_over(self, day: date, world: World, customers: Customers) -> pl.DataFrame:
        """Change the contact data of some customers, and schedule their takeovers for the next night."""
        rng = stream(self._seed, day, Subject.FRAUD_TAKEOVERS)
        accounts = world.accounts
        count = int(rng.poisson(self._incidents_per_day * TYPOLOGY_SHARES[TYPOLOGIES.index(ACCOUNT_TAKEOVER)]))
        first = accounts.first_accounts()[: len(world.cities)]
        fit = accounts.is_active()[first] & accounts.used[first] & (accounts.available[first] > LEAST_TO_TAKE)
        fit[customers.changed[customers.changed < len(fit)]] = False
        candidates = np.flatnonzero(fit)
        victims = np.sort(rng.choice(candidates, min(count, len(candidates)), replace=False))
        for account in first[victims].tolist():
            self._scheduled[day + timedelta(days=1)].append(_Part(self._incident(ACCOUNT_TAKEOVER), account))
        return customers.take_over(rng, victims, day)

    def labels(self, day: date, made: pl.DataFrame, world: World) -> pl.DataFrame:
        """Return the labels of the day's fraudulent transactions."""
        rows = made.filter(pl.col("incident") != NOTHING)
        incident = rows["incident"].to_list()
        return pl.DataFrame(
            {
                "incident_id": [f"F{number + 1:06d}" for number in incident],
                "typology": [self._typologies[number] for number in incident],
                "transaction_id": rows["transaction_id"],
                "account_id": rows["account_id"],
                "customer_id": world.accounts.table["customer_id"].gather(rows["account"]),
                "date": pl.repeat(day, rows.height, dtype=pl.Date, eager=True),
            },
            schema=LABELS,
        )

    def _drawn(self, rng: Generator) -> list[str]:
        shares = np.array([TYPOLOGY_SHARES[TYPOLOGIES.index(name)] for name in _STARTED_AT_ONCE])
        counts = rng.poisson(self._incidents_per_day * shares)
        return [name for name, count in zip(_STARTED_AT_ONCE, counts.tolist(), strict=True) for _ in range(count)]

    def _incident(self, typology: str) -> int:
        """Return the number of a new incident."""
        self._typologies.append(typology)
        return len(self._typologies) - 1

    def _start(self, scene: Scene, day: date, typology: str) -> list[Planned]:
        """Return the transactions of a new incident on its first day, and schedule the others."""
        candidates = scene.cards if typology in {CARD_TESTING, IMPOSSIBLE_TRAVEL} else scene.checking
        if not len(candidates):
            return []
        account = int(scene.rng.choice(candidates))
        part = _Part(self._incident(typology), account)
        if typology != STRUCTURING:
            return self._transactions(scene, part)
        rows: list[Planned] = []
        days = np.sort(scene.rng.integers(0, STRUCTURING_DAYS, scene.between(STRUCTURED)))
        for offset in (days - days[0]).tolist():
            if offset:
                self._scheduled[day + timedelta(days=offset)].append(part)
            else:
                rows += self._transactions(scene, part)
        return rows

    def _transactions(self, scene: Scene, part: _Part) -> list[Planned]:
        rows = _TRANSACTIONS[self._typologies[part.incident]](scene, part.account)
        return [{**row, "incident": part.incident} for row in rows]
