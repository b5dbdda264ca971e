"""Features and risks of transactions equal an independent calculation.

The days are loaded in two steps and with faults, so rows arrive late, are corrected and change their customer.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from tests.python.scenarios.risk_features import FACTS, Use, all_features
from tests.python.warehouse import Warehouse

pytestmark = pytest.mark.extended

FEATURES = (
    "subject_id",
    "transaction_number_of_day",
    "cumulative_amount_of_day_reporting",
    "habit_count",
    "typical_amount_reporting",
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


@pytest.fixture(scope="module")
def risky(empty_warehouse: Callable[[str], Warehouse]) -> Warehouse:
    """Forty days with fraud and faults, built in two steps."""
    made = empty_warehouse("risky")
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
        made.build("--select", "+transaction_detail", "+deliveries")
    return made


@pytest.fixture(scope="module")
def expected(risky: Warehouse) -> dict[str, dict[str, Any]]:
    """The features of every transaction, calculated independently."""
    return all_features(Use(*row) for row in risky.query(FACTS))


@pytest.mark.parametrize("feature", FEATURES)
def test_features_equal_an_independent_calculation(
    risky: Warehouse, expected: dict[str, dict[str, Any]], feature: str
) -> None:
    actual = dict(risky.query(f"select transaction_id, {feature} from dev_gold.transaction_features"))
    assert len(actual) > 5_000
    assert {key: value for key, value in actual.items() if value != expected[key][feature]} == {}
    assert len(set(actual.values())) > 1, "the feature has the same value everywhere, so the test shows nothing"


def test_high_risks_of_the_last_seven_days_equal_an_independent_calculation(
    risky: Warehouse, expected: dict[str, dict[str, Any]]
) -> None:
    weights = dict(risky.query("select rule, weight from dev_silver.risk_rules"))
    details = risky.query(
        "select transaction_id, transaction_ts, transaction_type, amount_reporting from dev_gold.transaction_detail"
    )
    since = max(at for _, at, _, _ in details).date() - timedelta(days=6)
    high = set()
    for transaction_id, at, type_, amount in details:
        features = expected[transaction_id]
        is_night, far = at.hour < 6, features["distance_from_home_km"] or 0
        hits = [rule for feature, rule in RULE_OF_FEATURE.items() if features[feature]]
        hits += ["night"] * is_night + ["far_from_home"] * (far > 1000)
        hits += ["night_cash_far_from_home"] * (is_night and type_ == "Withdrawal" and far > 500)
        hits += ["unusual_amount"] * ((features["outlier_score"] or 0) >= 4 and (amount or 0) >= 200)
        if at.date() >= since and sum(weights[rule] for rule in hits) >= 50:
            high.add(transaction_id)
    risky.run("dbt", "--quiet", "compile", "--select", "high_risk_of_the_last_seven_days")
    (analysis,) = risky.folder.rglob("compiled/**/high_risk_of_the_last_seven_days.sql")
    actual = risky.query(analysis.read_text(encoding="utf-8"))
    assert {row[0] for row in actual} == high
    assert high
