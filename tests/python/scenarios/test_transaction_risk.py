"""Features and risk of transactions against a plain reckoning: row by row, in loops, without the warehouse's SQL.

The days are loaded in two parts, with faults on, so that rows arrive late, are corrected and change their customer.
"""

from __future__ import annotations

import math
import shutil
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any

import pytest

from tests.python.warehouse import Warehouse

MILLIONTH = Decimal("1e-6")

FACTS = """
    select
        facts.transaction_id,
        if(facts.customer_id = 'unknown', 'account ' || facts.delivered_account_id, facts.customer_id),
        facts.delivered_account_id,
        types.transaction_type_name,
        channels.channel_name,
        facts.transaction_ts,
        facts.transaction_amount_usd,
        facts.transaction_status = 'Completed',
        places.latitude,
        places.longitude,
        homes.latitude,
        homes.longitude
    from dev_gold.fact_transaction as facts
    left join dev_gold.dim_transaction_type as types using (transaction_type_id)
    left join dev_gold.dim_channel as channels using (channel_id)
    left join dev_gold.dim_location as places on facts.location_id = places.location_id
    left join dev_gold.dim_customer_history as customers on facts.customer_sk = customers.customer_sk
    left join dev_gold.dim_location as homes on customers.location_id = homes.location_id
"""
FEATURES = (
    "subject_id",
    "transaction_number_of_day",
    "cumulative_amount_of_day_usd",
    "habit_count",
    "typical_amount_usd",
    "outlier_score",
    "distance_from_home_km",
    "km_from_previous_use",
    "is_impossible_travel",
    "is_in_tiny_payment_run",
    "is_after_tiny_payment_run",
    "is_cash_below_limit",
    "is_in_cash_below_limit_run",
    "is_in_night_withdrawal_run",
    "is_in_transfer_run",
    "is_after_transfer_run",
    "is_in_payment_out_run",
    "is_before_payment_out_run",
)
RULE_OF_FEATURE = {
    "is_in_tiny_payment_run": "tiny_payment_run",
    "is_after_tiny_payment_run": "large_after_tiny_payments",
    "is_impossible_travel": "impossible_travel",
    "is_cash_below_limit": "cash_below_limit",
    "is_in_cash_below_limit_run": "repeated_cash_below_limit",
    "is_in_night_withdrawal_run": "night_withdrawal_run",
    "is_in_transfer_run": "transfer_run",
    "is_after_transfer_run": "passes_transfers_on",
    "is_in_payment_out_run": "payment_out_run",
    "is_before_payment_out_run": "money_for_payments_out",
}


@dataclass(frozen=True)
class Use:
    """A transaction, with what the features are made of; amounts in US dollars, None without a rate."""

    transaction_id: str
    subject: str
    account: str
    type: str
    channel: str
    at: datetime
    amount: Decimal | None
    is_completed: bool
    latitude: Decimal | None
    longitude: Decimal | None
    home_latitude: Decimal | None
    home_longitude: Decimal | None

    @property
    def week(self) -> date:
        return self.at.date() - timedelta(days=self.at.weekday())

    @property
    def is_online(self) -> bool:
        return self.channel in {"Online", "Mobile App"}

    def dollars(self, least: float, below: float = math.inf) -> bool:
        return self.amount is not None and least <= self.amount < below


def kilometres(*degrees: Decimal | None) -> int | None:
    """Return the great-circle distance between two places, by the spherical law of cosines' stable form."""
    if any(value is None for value in degrees):
        return None
    north, east, other_north, other_east = (math.radians(float(value or 0)) for value in degrees)
    half = (
        math.sin((other_north - north) / 2) ** 2
        + math.cos(north) * math.cos(other_north) * math.sin((other_east - east) / 2) ** 2
    )
    return round(2 * 6371 * math.asin(math.sqrt(min(1.0, half))))


def logarithm(amount: Decimal) -> Decimal:
    return Decimal(math.log(float(amount))).quantize(MILLIONTH, ROUND_HALF_UP)


def lower_median(values: list[Decimal]) -> Decimal:
    return sorted(values)[(len(values) - 1) // 2]


def outlier_score(amount: Decimal, typical: Decimal, deviation: Decimal) -> Decimal:
    spread = (Decimal("1.4826") * max(deviation, Decimal("0.05"))).quantize(MILLIONTH, ROUND_HALF_UP)
    return ((logarithm(amount) - logarithm(typical)) / spread).quantize(Decimal("0.01"), ROUND_HALF_UP)


def runs(uses: list[Use], length: int, minutes: int) -> set[str]:
    """Return the ids of all uses of an account that lie in some window of so many minutes with so many uses."""
    found: set[str] = set()
    for first in range(len(uses) - length + 1):
        window = uses[first : first + length]
        if window[-1].at - window[0].at <= timedelta(minutes=minutes):
            found |= {use.transaction_id for use in window}
    return found


def features_of_account(uses: list[Use]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what happened around each use of one account of one customer; uses are in order."""
    tiny = runs([u for u in uses if u.type == "Payment" and u.dollars(0, 5)], 4, 10)
    transfers = runs([u for u in uses if u.type == "Transfer"], 6, 90)
    paid_out = runs([u for u in uses if u.type == "Withdrawal" and u.is_online], 6, 90)
    nightly = runs([u for u in uses if u.type == "Withdrawal" and u.at.hour < 6], 3, 60)
    cash = [u for u in uses if u.type == "Deposit" and u.channel in {"Branch", "ATM"} and u.dollars(9000, 10000)]
    repeated = runs(cash, 2, 7 * 24 * 60)
    placed = [u for u in uses if u.latitude is not None]
    before_them, after_them = [None, *placed][: len(placed)], [*placed, None][1:]
    neighbours = {use.transaction_id: both for use, *both in zip(placed, before_them, after_them, strict=True)}

    def within(use: Use, ids: set[str], after: int, before: int) -> bool:
        """Say whether one of those uses is at most so many minutes before this one, or so many after it."""
        place = uses.index(use)
        return any(
            other.transaction_id in ids and use.at - other.at <= timedelta(minutes=after) for other in uses[:place]
        ) or any(
            other.transaction_id in ids and other.at - use.at <= timedelta(minutes=before)
            for other in uses[place + 1 :]
        )

    def leg(one: Use | None, other: Use | None) -> tuple[int, float] | None:
        """Return kilometres and seconds between two uses within a day."""
        if one is None or other is None:
            return None
        seconds = (other.at.replace(microsecond=0) - one.at.replace(microsecond=0)).total_seconds()
        if seconds > 86400:
            return None
        return kilometres(one.latitude, one.longitude, other.latitude, other.longitude) or 0, seconds

    never = -1
    for use in uses:
        before, after = neighbours.get(use.transaction_id, (None, None))
        legs = (leg(before, use) if before else None, leg(use, after) if after else None)
        yield (
            use.transaction_id,
            {
                "km_from_previous_use": legs[0][0] if legs[0] else None,
                "is_impossible_travel": any(
                    one is not None and one[0] > 500 and one[0] * 3600 > 900 * one[1] for one in legs
                ),
                "is_in_tiny_payment_run": use.transaction_id in tiny,
                "is_after_tiny_payment_run": use.type == "Payment"
                and use.dollars(100)
                and within(use, tiny, after=30, before=never),
                "is_cash_below_limit": use in cash,
                "is_in_cash_below_limit_run": use.transaction_id in repeated,
                "is_in_night_withdrawal_run": use.transaction_id in nightly,
                "is_in_transfer_run": use.transaction_id in transfers,
                "is_after_transfer_run": use.type == "Withdrawal"
                and use.is_online
                and within(use, transfers, after=120, before=never),
                "is_in_payment_out_run": use.transaction_id in paid_out,
                "is_before_payment_out_run": use.type == "Transfer"
                and use.dollars(500)
                and within(use, paid_out, after=never, before=30),
            },
        )


def features_of_subject(uses: list[Use]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield how each transaction compares with the others of its customer; uses are in order."""
    amounts = defaultdict(list)
    for use in uses:
        if use.is_completed and use.amount:
            amounts[use.type].append((use.at.date(), use.amount))
    days: dict[date, list[Decimal | None]] = defaultdict(list)
    for use in uses:
        known = amounts[use.type]
        earlier = [
            amount
            for _, amount in known[
                bisect_left(known, (use.week - timedelta(days=91), Decimal(0))) : bisect_left(
                    known, (use.week, Decimal(0))
                )
            ]
        ]
        typical = lower_median(earlier) if earlier else None
        score = None
        if typical is not None and len(earlier) >= 10 and use.amount:
            deviation = lower_median([abs(logarithm(amount) - logarithm(typical)) for amount in earlier])
            score = outlier_score(use.amount, typical, deviation)
        day = days[use.at.date()]
        day.append(use.amount)
        known_of_day = [amount for amount in day if amount is not None]
        yield (
            use.transaction_id,
            {
                "subject_id": use.subject,
                "transaction_number_of_day": len(day),
                "cumulative_amount_of_day_usd": sum(known_of_day) if known_of_day else None,
                "habit_count": len(earlier),
                "typical_amount_usd": typical,
                "outlier_score": score,
                "distance_from_home_km": kilometres(use.home_latitude, use.home_longitude, use.latitude, use.longitude),
            },
        )


@pytest.fixture(scope="module")
def risky(new_warehouse: Callable[[str], Warehouse]) -> Warehouse:
    """Forty days with fraud and faults, built in two parts."""
    made = new_warehouse("risky")
    made.run(
        *"tieout generate --days 40 --customers 60 --transactions-per-day 150 --fraud 0.03 --faults 0.02".split(),
        *("--seed", "11", "--start", "2025-01-01", "--inbox", str(made.inbox)),
    )
    delivered = made.folder / "delivered"
    days = sorted(folder for folder in made.inbox.iterdir())
    for first, last in pairwise((0, 25, len(days))):
        for day in days[first:last]:
            shutil.copytree(day, delivered / day.name)
        made.run("tieout", "land", "--allow-refused", str(delivered))
        made.build("--select", "+transaction_detail")
    return made


@pytest.fixture(scope="module")
def expected(risky: Warehouse) -> dict[str, dict[str, Any]]:
    """The features of every transaction, reckoned here."""
    uses = sorted((Use(*row) for row in risky.query(FACTS)), key=lambda use: (use.at, use.transaction_id))
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for key, of_group in (
        (lambda use: (use.subject, use.account), features_of_account),
        (lambda use: use.subject, features_of_subject),
    ):
        groups = defaultdict(list)
        for use in uses:
            groups[key(use)].append(use)
        for group in groups.values():
            for transaction_id, features in of_group(group):
                found[transaction_id] |= features
    return found


@pytest.mark.parametrize("feature", FEATURES)
def test_every_feature_is_that_of_a_plain_reckoning(
    risky: Warehouse, expected: dict[str, dict[str, Any]], feature: str
) -> None:
    actual = dict(risky.query(f"select transaction_id, {feature} from dev_gold.transaction_features"))
    assert len(actual) > 5_000
    assert {key: value for key, value in actual.items() if value != expected[str(key)][feature]} == {}
    assert len(set(actual.values())) > 1, "the feature is the same everywhere: nothing is shown"


def test_high_risks_of_the_last_seven_days_are_those_of_a_plain_reckoning(
    risky: Warehouse, expected: dict[str, dict[str, Any]]
) -> None:
    weights = dict(risky.query("select rule, weight from dev_silver.risk_rules"))
    details = risky.query(
        "select transaction_id, transaction_ts, transaction_type, amount_usd from dev_gold.transaction_detail"
    )
    since = max(at for _, at, _, _ in details).date() - timedelta(days=6)
    high = set()
    for transaction_id, at, type_, amount in details:
        features = expected[str(transaction_id)]
        is_night, far = at.hour < 6, features["distance_from_home_km"] or 0
        hits = [rule for feature, rule in RULE_OF_FEATURE.items() if features[feature]]
        hits += ["night"] * is_night + ["far_from_home"] * (far > 1000)
        hits += ["night_cash_far_from_home"] * (is_night and type_ == "Withdrawal" and far > 500)
        hits += ["unusual_amount"] * ((features["outlier_score"] or 0) >= 4 and (amount or 0) >= 200)
        if at.date() >= since and sum(weights[rule] for rule in hits) >= 50:
            high.add(transaction_id)
    risky.run("dbt", "--quiet", "compile", "--select", "high_risk_of_the_last_seven_days")
    (question,) = risky.folder.rglob("compiled/**/high_risk_of_the_last_seven_days.sql")
    actual = risky.query(question.read_text(encoding="utf-8"))
    assert {row[0] for row in actual} == high
    assert high
