"""`tieout generate`: exchange rates, investments, interactions, and when people pay."""

from __future__ import annotations

import math
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest

from loaders.generate import habits
from loaders.generate.settings import Settings
from loaders.generate.simulation import simulate
from tests.python.loaders.generate.bank import ENTITIES, Delivered
from tests.python.loaders.generate.conftest import BANK_WITH_FRAUD

pytestmark = pytest.mark.extended

DAYS, START, SEED = BANK_WITH_FRAUD.days, BANK_WITH_FRAUD.start, BANK_WITH_FRAUD.seed


def test_every_day_has_exchange_rates_near_their_mean(bank: Delivered) -> None:
    days = [(START + timedelta(days=number)).isoformat() for number in range(DAYS)]
    for currency, mean in (("USD", 1.0), ("EUR", 1 / 0.9), ("JPY", 1 / 150)):
        series = [row for row in bank.rows("fx_rates") if row["currency"] == currency]
        assert [row["rate_date"] for row in series] == [row["dt"] for row in series] == days
        assert all(abs(math.log(float(row["rate_to_usd"]) / mean)) < 0.1 for row in series)
        assert len({row["rate_to_usd"] for row in series}) == (1 if currency == "USD" else DAYS)


def test_investments_belong_to_investment_accounts_and_change(bank: Delivered) -> None:
    for row in bank.rows("investments"):
        account = bank.latest["accounts"][row["account_id"],]
        assert (account["account_type"], account["currency"]) == ("Investment", row["currency"])
        assert account["opened_date"] <= row["investment_date"] <= row["dt"]
        assert Decimal(row["investment_amount"]) > 0
        assert Decimal(row["investment_return"]) > -Decimal(row["investment_amount"])
    history = bank.history["investments"]
    weekly = [versions for versions in history.values() if versions[0]["investment_type"] == "Stocks"]
    assert max(len(versions) for versions in weekly) in {4, 5}
    returns = [Decimal(row["investment_return"]) for versions in weekly for row in versions[1:]]
    assert min(returns) < 0 < max(returns)


def test_unresolved_interactions_can_be_resolved_later(bank: Delivered) -> None:
    for row in bank.rows("customer_interactions"):
        assert int(row["duration_seconds"]) > 0
        assert row["interaction_ts"][:10] <= row["dt"]
    history = bank.history["customer_interactions"]
    assert {tuple(row["is_resolved"] for row in versions) for versions in history.values()} == {
        ("true",),
        ("false",),
        ("false", "true"),
    }


def test_paydays_on_weekends_move_to_the_friday_before() -> None:
    assert habits.paydays(date(2025, 1, 1)) == (1,)
    assert habits.paydays(date(2025, 1, 31)) == (1,)  # the 1st is a Saturday
    assert habits.paydays(date(2025, 2, 1)) == ()
    assert habits.paydays(date(2025, 6, 13)) == (2,)  # the 15th is a Sunday
    assert habits.paydays(date(2025, 6, 12)) == ()
    year = [date(2025, 1, 1) + timedelta(days=number) for number in range(365)]
    assert Counter(number for day in year for number in habits.paydays(day)) == {1: 12, 2: 12}


def test_transactions_depend_on_hour_weekday_season_and_payday() -> None:
    def transactions_of(day: date) -> pl.DataFrame:
        second = list(simulate(Settings(2, day - timedelta(days=1), 3000, 40_000, SEED)))[1]
        transactions = second.deliveries[ENTITIES["transactions"]]
        return transactions.filter(pl.col("transaction_ts").dt.date() == day)

    def share(rows: pl.DataFrame, category: str) -> float:
        return rows.filter(pl.col("category") == category).height / rows["category"].count()

    usual = transactions_of(date(2025, 3, 4))
    saturday = transactions_of(date(2025, 3, 8))
    sunday = transactions_of(date(2025, 3, 9))
    december = transactions_of(date(2025, 12, 2))
    july = transactions_of(date(2025, 7, 8))
    rent_day = transactions_of(date(2025, 4, 1))
    payday = transactions_of(date(2025, 4, 15))
    assert share(saturday, "Entertainment") > 1.3 * share(usual, "Entertainment")
    assert share(july, "Travel") > 1.5 * share(usual, "Travel")
    assert share(december, "Entertainment") > 1.2 * share(usual, "Entertainment")
    assert share(rent_day, "Utilities") > 1.3 * share(usual, "Utilities")
    assert sunday.filter(channel="Branch").height == 0 < saturday.filter(channel="Branch").height
    deposits = [rows.filter(transaction_type="Deposit")["amount"].sum() for rows in (usual, payday)]
    assert deposits[1] > 1.2 * float(deposits[0])
    hours = usual.group_by(pl.col("transaction_ts").dt.hour().alias("hour"), "category").len()
    lunch = hours.filter(category="Dining").sort("len", descending=True)["hour"][:4].to_list()
    assert {12, 19} <= set(lunch)
    night = usual.filter(pl.col("transaction_ts").dt.hour() < 5).height
    assert 0 < night < 0.03 * usual.height
    by_account = usual.group_by("account_id").len().sort("len", descending=True)["len"]
    assert by_account[: len(by_account) // 5].sum() > 0.45 * usual.height
