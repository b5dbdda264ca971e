"""The transactions of one incident, by typology. Each function yields planned transactions, as columns of a plan."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from loaders.generate.cities import CITIES, HOME_CITIES
from loaders.generate.fraud.scene import Scene
from loaders.generate.habits import ATM, BRANCH, CHANNELS, IN_STORE, ONLINE, SATURDAY
from loaders.generate.merchants import NET
from loaders.generate.plan import COMPLETED, DEPOSIT, NOTHING, PAYMENT, TRANSFER, WITHDRAWAL
from loaders.generate.pools import CATEGORIES
from loaders.generate.tables import SECOND

MINUTE = 60 * SECOND
TESTS = (8, 20)  # number of tiny payments
TEST_DOLLARS, PRIZE_DOLLARS = (0.5, 3.0), (400.0, 2_000.0)
TEST_GAP = (5, 40)  # seconds
TRAVEL_GAP = (15, 55)  # minutes between two uses of a card
TRAVEL_DOLLARS = (40.0, 900.0)
STRUCTURED_DOLLARS = (9_000.0, 9_990.0)  # banks must report deposits of 10,000 and more
DRAINS = (3, 6)  # number of withdrawals
DRAINED = (0.2, 0.5)  # share of the remaining money per withdrawal
FANNED = (8, 15)  # number of small transfers
FANNED_DOLLARS = (60.0, 450.0)
PASSED_ON = (0.90, 0.98)  # share of the incoming money

MOBILE = CHANNELS.index("Mobile App")
ENTERTAINMENT = CATEGORIES.index("Entertainment")

Planned = dict[str, Any]


def card_testing(scene: Scene, account: int) -> Iterator[Planned]:
    """Make many tiny payments within minutes, then a large one."""
    tests = scene.between(TESTS)
    merchants = scene.merchants([NET] * (tests + 1), [ENTERTAINMENT] * (tests + 1))
    time = scene.time(1, 22)
    for number, merchant in enumerate(merchants):
        is_prize = number == tests
        amount = scene.cents(account, *(PRIZE_DOLLARS if is_prize else TEST_DOLLARS))
        yield _planned(account, PAYMENT, amount, channel=ONLINE, time=time, merchant=merchant, category=ENTERTAINMENT)
        time += scene.between(TEST_GAP) * SECOND


def impossible_travel(scene: Scene, account: int) -> Iterator[Planned]:
    """Use a card in two shops on different continents within an hour."""
    here = int(scene.world.cities[scene.owners[account]])
    overseas = [city for city in range(HOME_CITIES, len(CITIES)) if CITIES[city].country not in {"CA", "MX"}]
    there = int(scene.rng.choice([city for city in overseas if city != here]))
    if here >= HOME_CITIES:
        there = 0
    time = scene.time(8, 21)
    categories = scene.rng.integers(0, len(CATEGORIES), 2).tolist()
    for merchant, category in zip(scene.merchants([here, there], categories), categories, strict=True):
        location = int(scene.world.merchants.locations[merchant])
        amount = scene.cents(account, *TRAVEL_DOLLARS)
        yield _planned(
            *(account, PAYMENT, amount),
            channel=IN_STORE,
            time=time,
            merchant=merchant,
            category=category,
            location=location,
        )
        time += scene.between(TRAVEL_GAP) * MINUTE


def structured_deposit(scene: Scene, account: int) -> Iterator[Planned]:
    """Deposit cash just below the reporting limit: at a branch, or at a machine when branches are closed."""
    amount = scene.cents(account, *STRUCTURED_DOLLARS)
    channel, location = BRANCH, NOTHING
    if scene.day.weekday() >= SATURDAY:
        city = scene.world.cities[scene.owners[account : account + 1]]
        channel, location = ATM, int(scene.world.locations.pick(scene.rng, city)[0])
    yield _planned(account, DEPOSIT, amount, channel=channel, time=scene.time(9, 17), location=location)


def account_takeover(scene: Scene, account: int) -> Iterator[Planned]:
    """Withdraw most of the money of an account at night: online, or at a cash machine abroad."""
    left, time = int(scene.world.accounts.available[account]), scene.time(1, 4)
    abroad = bool(scene.rng.random() < 1 / 2)
    city = int(scene.rng.integers(HOME_CITIES, len(CITIES)))
    location = int(scene.world.locations.pick(scene.rng, np.array([city]))[0]) if abroad else NOTHING
    counterparty = scene.account_at_other_bank()
    for _ in range(scene.between(DRAINS)):
        amount = scene.coins(account, left * scene.rng.uniform(*DRAINED))
        left -= amount
        yield _planned(
            *(account, WITHDRAWAL, amount),
            channel=ATM if abroad else MOBILE,
            time=time,
            location=location,
            counterparty=None if abroad else counterparty,
        )
        time += scene.between((2, 15)) * MINUTE


def fan_in(scene: Scene, account: int) -> Iterator[Planned]:
    """Send small amounts from many accounts to one, which passes the money on at once."""
    time, total = scene.time(8, 18), 0
    name = scene.name(account)
    for sender in scene.rng.choice(scene.checking, scene.between(FANNED)).tolist():
        amount = scene.cents(account, *FANNED_DOLLARS)
        total += amount
        counterparty = scene.account_at_other_bank()
        # If possible, the money comes from an account at this bank; otherwise from another bank.
        if sender != account and scene.try_to_send(sender, account, amount):
            counterparty = scene.name(sender)
            yield _planned(sender, WITHDRAWAL, amount, channel=ONLINE, time=time, counterparty=name)
        yield _planned(account, TRANSFER, amount, channel=ONLINE, time=time + SECOND, counterparty=counterparty)
        time += scene.between((1, 12)) * MINUTE
    out = scene.coins(account, total * scene.rng.uniform(*PASSED_ON))
    time += scene.between((10, 60)) * MINUTE
    yield _planned(account, WITHDRAWAL, out, channel=ONLINE, time=time, counterparty=scene.account_at_other_bank())


def fan_out(scene: Scene, account: int) -> Iterator[Planned]:
    """Receive one large amount, which leaves at once in many small ones."""
    time = scene.time(8, 18)
    parts = [scene.cents(account, *FANNED_DOLLARS) for _ in range(scene.between(FANNED))]
    total = scene.coins(account, sum(parts) / scene.rng.uniform(*PASSED_ON))
    yield _planned(account, TRANSFER, total, channel=ONLINE, time=time, counterparty=scene.account_at_other_bank())
    for amount in parts:
        time += scene.between((2, 12)) * MINUTE
        yield _planned(
            account, WITHDRAWAL, amount, channel=ONLINE, time=time, counterparty=scene.account_at_other_bank()
        )


def _planned(account: int, type_: int, amount: int, *, channel: int, time: int, **more: Any) -> Planned:
    return {
        "account": account,
        "type": type_,
        "amount": amount,
        "channel": channel,
        "time": time,
        "status": COMPLETED,
        **more,
    }
