"""Fraud on request: incidents of six kinds among the ordinary transactions, and labels that tell which they are.

Transactions of an incident come on top of the ordinary ones and obey the same books: a debit that the account cannot
bear fails. Money leaves an account by `Withdrawal` with a counterparty, as `Transfer` is a credit by the seed.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from loaders.generate.accounts import CARD, CHECKING, SMALLEST_COINS
from loaders.generate.customers import Customers
from loaders.generate.habits import ATM, BRANCH, CHANNELS, IN_STORE, ONLINE, SATURDAY
from loaders.generate.merchants import NET
from loaders.generate.places import CITIES, HOME_CITIES
from loaders.generate.plan import COLUMNS, NOTHING, OWN_BANK, plan
from loaders.generate.pools import CATEGORIES, Pools
from loaders.generate.streams import Subject, stream
from loaders.generate.tables import HOUR, SECOND, Booleans, Floats, Integers
from loaders.generate.transactions import COMPLETED, DEPOSIT, PAYMENT, TRANSFER, WITHDRAWAL, World
from loaders.generate.truth import LABELS

CARD_TESTING, IMPOSSIBLE_TRAVEL, STRUCTURING, ACCOUNT_TAKEOVER, FAN_IN, FAN_OUT = TYPOLOGIES = (
    "card_testing",
    "impossible_travel",
    "structuring",
    "account_takeover",
    "fan_in",
    "fan_out",
)
TYPOLOGY_SHARES = np.array([0.25, 0.25, 0.15, 0.15, 0.10, 0.10])
TRANSACTIONS_OF_AN_INCIDENT = 9  # on average, so that the asked-for share comes out

MINUTE = 60 * SECOND
TESTS = (8, 20)  # tiny payments of a burst
TEST_DOLLARS, PRIZE_DOLLARS = (0.5, 3.0), (400.0, 2_000.0)
TEST_GAP = (5, 40)  # seconds
TRAVEL_GAP = (15, 55)  # minutes between two uses of a card
TRAVEL_DOLLARS = (40.0, 900.0)
STRUCTURED = (3, 6)  # deposits
STRUCTURING_DAYS = 5
STRUCTURED_DOLLARS = (9_000.0, 9_990.0)  # below the 10,000 from which deposits are reported
DRAINS = (3, 6)  # of an account that was taken over
DRAINED = (0.2, 0.5)  # of what is left, each time
WORTH_TAKING = 20_000  # cents that are available, in any currency
FANNED = (8, 15)  # small transfers
FANNED_DOLLARS = (60.0, 450.0)
PASSED_ON = (0.90, 0.98)  # of what came in

MOBILE = CHANNELS.index("Mobile App")
ENTERTAINMENT = CATEGORIES.index("Entertainment")


@dataclass(frozen=True)
class _Scheduled:
    """A part of an incident that takes place on a later day."""

    incident: int
    account: int


class Fraud:
    """Plans incidents and remembers which transactions they are."""

    def __init__(self, seed: int, pools: Pools, share: float, per_day: int) -> None:
        """Plan so many incidents that they make about this share of the ordinary transactions."""
        self._seed = seed
        self._pools = pools
        self._incidents_a_day = share * per_day / TRANSACTIONS_OF_AN_INCIDENT
        self._typologies: list[str] = []
        self._later: dict[date, list[_Scheduled]] = defaultdict(list)
        self._rows: list[dict[str, Any]] = []

    def plan(self, day: date, world: World, to_usd: Floats) -> pl.DataFrame:
        """Return the transactions of the day's incidents, new ones and those that go on."""
        self._rows = []
        if not self._incidents_a_day:
            return pl.DataFrame(schema=COLUMNS)
        rng = stream(self._seed, day, Subject.FRAUD)
        scene = _Scene(rng, day, world, to_usd)
        for part in self._later.pop(day, []):
            # An account that was frozen or closed in between ends the incident.
            if scene.is_active[part.account]:
                self._go_on(scene, part)
        for typology in self._drawn(rng):
            self._begin(scene, day, typology)
        if not self._rows:
            return pl.DataFrame(schema=COLUMNS)
        columns: dict[str, Any] = {name: [row.get(name, NOTHING) for row in self._rows] for name in COLUMNS}
        columns["counterparty"] = pl.Series([row.get("counterparty") for row in self._rows], dtype=pl.String)
        return plan(**columns)

    def take_over(self, day: date, world: World, customers: Customers) -> pl.DataFrame:
        """Let thieves change the contact data of some customers; they come back in the next night."""
        rng = stream(self._seed, day, Subject.FRAUD_TAKEOVERS)
        accounts = world.accounts
        count = int(rng.poisson(self._incidents_a_day * TYPOLOGY_SHARES[TYPOLOGIES.index(ACCOUNT_TAKEOVER)]))
        first = accounts.first_accounts()[: len(world.cities)]
        fit = accounts.is_active()[first] & accounts.used[first] & (accounts.available[first] > WORTH_TAKING)
        fit[customers.changed[customers.changed < len(fit)]] = False
        candidates = np.flatnonzero(fit)
        victims = np.sort(rng.choice(candidates, min(count, len(candidates)), replace=False))
        for account in first[victims].tolist():
            self._later[day + timedelta(days=1)].append(_Scheduled(self._incident(ACCOUNT_TAKEOVER), account))
        return customers.take_over(rng, victims, day)

    def labels(self, day: date, made: pl.DataFrame, world: World) -> pl.DataFrame:
        """Return which of the day's transactions belong to which incident."""
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

    def _drawn(self, rng: np.random.Generator) -> list[str]:
        at_once = [name for name in TYPOLOGIES if name != ACCOUNT_TAKEOVER]
        shares = np.array([TYPOLOGY_SHARES[TYPOLOGIES.index(name)] for name in at_once])
        counts = rng.poisson(self._incidents_a_day * shares)
        return [name for name, count in zip(at_once, counts.tolist(), strict=True) for _ in range(count)]

    def _incident(self, typology: str) -> int:
        self._typologies.append(typology)
        return len(self._typologies) - 1

    def _begin(self, scene: _Scene, day: date, typology: str) -> None:
        candidates = scene.cards if typology in {CARD_TESTING, IMPOSSIBLE_TRAVEL} else scene.checking
        if not len(candidates):
            return
        account = int(scene.rng.choice(candidates))
        incident = self._incident(typology)
        if typology == CARD_TESTING:
            self._test_card(scene, incident, account)
        elif typology == IMPOSSIBLE_TRAVEL:
            self._travel(scene, incident, account)
        elif typology == STRUCTURING:
            days = np.sort(scene.rng.integers(0, STRUCTURING_DAYS, scene.between(STRUCTURED)))
            for offset in (days - days[0]).tolist():
                part = _Scheduled(incident, account)
                if offset:
                    self._later[day + timedelta(days=offset)].append(part)
                else:
                    self._structure(scene, part)
        elif typology == FAN_IN:
            self._fan_in(scene, incident, account)
        else:
            self._fan_out(scene, incident, account)

    def _go_on(self, scene: _Scene, part: _Scheduled) -> None:
        if self._typologies[part.incident] == STRUCTURING:
            self._structure(scene, part)
        else:
            self._drain(scene, part)

    def _add(
        self, incident: int, account: int, type_: int, amount: int, *, channel: int, time: int, **more: Any
    ) -> None:
        self._rows.append(
            {
                "incident": incident,
                "account": account,
                "type": type_,
                "amount": amount,
                "channel": channel,
                "time": time,
                "status": COMPLETED,
                **more,
            }
        )

    def _test_card(self, scene: _Scene, incident: int, account: int) -> None:
        """Many tiny payments within minutes, then a large one."""
        tests = scene.between(TESTS)
        merchants = scene.merchants([NET] * (tests + 1), [ENTERTAINMENT] * (tests + 1))
        time = scene.time(1, 22)
        for number, merchant in enumerate(merchants):
            is_prize = number == tests
            amount = scene.cents(account, *(PRIZE_DOLLARS if is_prize else TEST_DOLLARS))
            self._add(
                incident, account, PAYMENT, amount, channel=ONLINE, time=time, merchant=merchant, category=ENTERTAINMENT
            )
            time += scene.between(TEST_GAP) * SECOND

    def _travel(self, scene: _Scene, incident: int, account: int) -> None:
        """Two uses of a card in shops on two continents within an hour."""
        here = int(scene.world.cities[scene.owners[account]])
        far = [city for city in range(HOME_CITIES, len(CITIES)) if CITIES[city].country not in {"CA", "MX"}]
        there = int(scene.rng.choice([city for city in far if city != here]))
        if here >= HOME_CITIES:
            there = 0
        time = scene.time(8, 21)
        categories = scene.rng.integers(0, len(CATEGORIES), 2).tolist()
        for merchant, category in zip(scene.merchants([here, there], categories), categories, strict=True):
            place = int(scene.world.merchants.locations[merchant])
            amount = scene.cents(account, *TRAVEL_DOLLARS)
            self._add(
                incident,
                account,
                PAYMENT,
                amount,
                channel=IN_STORE,
                time=time,
                merchant=merchant,
                category=category,
                location=place,
            )
            time += scene.between(TRAVEL_GAP) * MINUTE

    def _structure(self, scene: _Scene, part: _Scheduled) -> None:
        """One of several cash deposits, each just too small to be reported; at a machine while branches are shut."""
        amount = scene.cents(part.account, *STRUCTURED_DOLLARS)
        channel, place = BRANCH, NOTHING
        if scene.day.weekday() >= SATURDAY:
            city = scene.world.cities[scene.owners[part.account : part.account + 1]]
            channel, place = ATM, int(scene.world.locations.pick(scene.rng, city)[0])
        self._add(part.incident, part.account, DEPOSIT, amount, channel=channel, time=scene.time(9, 17), location=place)

    def _drain(self, scene: _Scene, part: _Scheduled) -> None:
        """Take most of what an account holds, at night: online, or from cash machines far away."""
        left, time = int(scene.world.accounts.available[part.account]), scene.time(1, 4)
        abroad = bool(scene.rng.random() < 1 / 2)
        city = int(scene.rng.integers(HOME_CITIES, len(CITIES)))
        place = int(scene.world.locations.pick(scene.rng, np.array([city]))[0]) if abroad else NOTHING
        other = self._other_bank(scene)
        for _ in range(scene.between(DRAINS)):
            amount = scene.coins(part.account, left * scene.rng.uniform(*DRAINED))
            left -= amount
            self._add(
                part.incident,
                part.account,
                WITHDRAWAL,
                amount,
                channel=ATM if abroad else MOBILE,
                time=time,
                location=place,
                counterparty=None if abroad else other,
            )
            time += scene.between((2, 15)) * MINUTE

    def _fan_in(self, scene: _Scene, incident: int, account: int) -> None:
        """Many accounts send a little to one, which passes it on at once."""
        time, total = scene.time(8, 18), 0
        name = scene.name(account)
        for sender in scene.rng.choice(scene.checking, scene.between(FANNED)).tolist():
            amount = scene.cents(account, *FANNED_DOLLARS)
            total += amount
            counterparty = self._other_bank(scene)
            # A customer of this bank pays from his own account, if it is kept in the same currency and can bear it.
            if sender != account and scene.can_send(sender, account, amount):
                counterparty = scene.name(sender)
                self._add(incident, sender, WITHDRAWAL, amount, channel=ONLINE, time=time, counterparty=name)
            self._add(
                incident, account, TRANSFER, amount, channel=ONLINE, time=time + SECOND, counterparty=counterparty
            )
            time += scene.between((1, 12)) * MINUTE
        out = scene.coins(account, total * scene.rng.uniform(*PASSED_ON))
        time += scene.between((10, 60)) * MINUTE
        self._add(incident, account, WITHDRAWAL, out, channel=ONLINE, time=time, counterparty=self._other_bank(scene))

    def _fan_out(self, scene: _Scene, incident: int, account: int) -> None:
        """One large amount comes in and leaves at once in many small ones."""
        time = scene.time(8, 18)
        parts = [scene.cents(account, *FANNED_DOLLARS) for _ in range(scene.between(FANNED))]
        total = scene.coins(account, sum(parts) / scene.rng.uniform(*PASSED_ON))
        self._add(incident, account, TRANSFER, total, channel=ONLINE, time=time, counterparty=self._other_bank(scene))
        for amount in parts:
            time += scene.between((2, 12)) * MINUTE
            self._add(
                incident, account, WITHDRAWAL, amount, channel=ONLINE, time=time, counterparty=self._other_bank(scene)
            )

    def _other_bank(self, scene: _Scene) -> str:
        return str(self._pools.counterparties[int(scene.rng.integers(0, len(self._pools.counterparties)))])


class _Scene:
    """What the incidents of one day draw on."""

    def __init__(self, rng: np.random.Generator, day: date, world: World, to_usd: Floats) -> None:
        self.rng = rng
        self.day = day
        self.world = world
        self._units_per_dollar: Floats = 1 / to_usd
        accounts = world.accounts
        kinds: Integers = accounts.ordinal("type_number")
        self.owners: Integers = accounts.ordinal("owner")
        self.is_active: Booleans = accounts.is_active()
        usable = self.is_active & accounts.used
        self.checking: Integers = np.flatnonzero(usable & (kinds == CHECKING)).astype(np.int64)
        self.cards: Integers = np.flatnonzero(usable & np.isin(kinds, (CHECKING, CARD))).astype(np.int64)
        self._currencies: Integers = accounts.ordinal("currency_number")
        self._sent: dict[int, int] = defaultdict(int)

    def between(self, bounds: tuple[int, int]) -> int:
        """Return a whole number, both bounds included."""
        return int(self.rng.integers(bounds[0], bounds[1] + 1))

    def time(self, from_hour: int, to_hour: int) -> int:
        """Return a time of the day between two hours."""
        return int(self.rng.integers(from_hour * HOUR, to_hour * HOUR))

    def cents(self, account: int, low: float, high: float) -> int:
        """Return an amount between two numbers of dollars, in the account's currency."""
        rate = float(self._units_per_dollar[self._currencies[account]])
        return self.coins(account, self.rng.uniform(low, high) * rate * 100)

    def coins(self, account: int, cents: float) -> int:
        """Return an amount that the account's currency can pay: rounded down, one coin at least."""
        coin = int(SMALLEST_COINS[self._currencies[account]])
        return max(int(cents // coin) * coin, coin)

    def merchants(self, cities: list[int], categories: list[int]) -> list[int]:
        """Return a merchant for each city and category."""
        drawn: list[int] = self.world.merchants.pick(self.rng, np.array(cities), np.array(categories)).tolist()
        return drawn

    def name(self, account: int) -> str:
        """Return how another account calls this one."""
        return f"{OWN_BANK}-{self.world.accounts.table['account_id'][account]}"

    def can_send(self, sender: int, receiver: int, amount: int) -> bool:
        """Say whether the sender has the amount in the receiver's currency, and take it as sent."""
        accounts = self.world.accounts
        fits = bool(self._currencies[sender] == self._currencies[receiver]) and bool(
            accounts.available[sender] - self._sent[sender] >= amount
        )
        if fits:
            self._sent[sender] += amount
        return fits
