"""The features of transactions, calculated row by row in plain Python, independently of the SQL of the warehouse."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

MILLIONTH = Decimal("1e-6")
# The columns of a Use.
FACTS = """
    select
        facts.transaction_id,
        if(facts.customer_id = 'unknown', 'account ' || facts.delivered_account_id, facts.customer_id),
        facts.delivered_account_id,
        types.transaction_type_name,
        channels.channel_name,
        facts.transaction_ts,
        facts.transaction_amount_reporting,
        facts.transaction_status = 'Completed',
        locations.latitude,
        locations.longitude,
        homes.latitude,
        homes.longitude
    from dev_gold.fact_transaction as facts
    left join dev_gold.dim_transaction_type as types using (transaction_type_id)
    left join dev_gold.dim_channel as channels using (channel_id)
    left join dev_gold.dim_location as locations on facts.location_id = locations.location_id
    left join dev_gold.dim_customer_history as customers on facts.customer_sk = customers.customer_sk
    left join dev_gold.dim_location as homes on customers.location_id = homes.location_id
"""


@dataclass(frozen=True)
class Use:
    """A transaction with everything that the features depend on. Amounts are in US dollars, None without a rate."""

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

    def is_from(self, least: float, below: float = math.inf) -> bool:
        """Return whether the amount is at least `least` and less than `below`."""
        return self.amount is not None and least <= self.amount < below


def kilometres(*degrees: Decimal | None) -> int | None:
    """Return the great-circle distance between two points, by the haversine formula."""
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
    """Return the ids of all uses that are part of `length` uses within `minutes`."""
    found: set[str] = set()
    for first in range(len(uses) - length + 1):
        window = uses[first : first + length]
        if window[-1].at - window[0].at <= timedelta(minutes=minutes):
            found |= {use.transaction_id for use in window}
    return found


def features_of_account(uses: list[Use]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the features that depend on the other uses of an account. Uses are in order of time."""
    tiny = runs([u for u in uses if u.type == "Payment" and u.is_from(0, 5)], 4, 10)
    transfers = runs([u for u in uses if u.type == "Transfer"], 6, 90)
    paid_out = runs([u for u in uses if u.type == "Withdrawal" and u.is_online], 6, 90)
    nightly = runs([u for u in uses if u.type == "Withdrawal" and u.at.hour < 6], 3, 60)
    cash = [u for u in uses if u.type == "Deposit" and u.channel in {"Branch", "ATM"} and u.is_from(9000, 10000)]
    repeated = runs(cash, 2, 7 * 24 * 60)
    located = [u for u in uses if u.latitude is not None]
    previous, following = [None, *located][: len(located)], [*located, None][1:]
    neighbours = {use.transaction_id: both for use, *both in zip(located, previous, following, strict=True)}

    def within(use: Use, ids: set[str], after: int, before: int) -> bool:
        """Return whether one of the uses with these ids is at most so many minutes before or after this one.

        after: minutes by which this use may come after the other one.
        before: minutes by which this use may come before the other one.
        """
        position = uses.index(use)
        return any(
            other.transaction_id in ids and use.at - other.at <= timedelta(minutes=after) for other in uses[:position]
        ) or any(
            other.transaction_id in ids and other.at - use.at <= timedelta(minutes=before)
            for other in uses[position + 1 :]
        )

    def leg(one: Use | None, other: Use | None) -> tuple[int, float] | None:
        """Return the kilometres and seconds between two uses, or None if they are more than a day apart."""
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
                and use.is_from(100)
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
                and use.is_from(500)
                and within(use, paid_out, after=never, before=30),
            },
        )


def features_of_subject(uses: list[Use]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the features that compare a use with earlier ones of the customer. Uses are in order of time."""
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
                "cumulative_amount_of_day_reporting": sum(known_of_day) if known_of_day else None,
                "habit_count": len(earlier),
                "typical_amount_reporting": typical,
                "outlier_score": score,
                "distance_from_home_km": kilometres(use.home_latitude, use.home_longitude, use.latitude, use.longitude),
            },
        )


def all_features(uses: Iterable[Use]) -> dict[str, dict[str, Any]]:
    """Return the features of every transaction, by its id."""
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    in_order = sorted(uses, key=lambda use: (use.at, use.transaction_id))
    by_account: dict[tuple[str, str], list[Use]] = defaultdict(list)
    by_subject: dict[str, list[Use]] = defaultdict(list)
    for use in in_order:
        by_account[use.subject, use.account].append(use)
        by_subject[use.subject].append(use)
    calculated = (
        *(features_of_account(group) for group in by_account.values()),
        *(features_of_subject(group) for group in by_subject.values()),
    )
    for group in calculated:
        for transaction_id, features in group:
            found[transaction_id] |= features
    return found
