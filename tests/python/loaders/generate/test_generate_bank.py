"""`tieout generate`: codes, versions, references and daily balances of all entities of the bank."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from loaders.generate.cities import CITIES
from loaders.generate.settings import Settings
from loaders.generate.simulation import simulate
from tests.python.loaders.generate.bank import BANKING, ENTITIES, KEYS, Delivered, Row, signs
from tests.python.loaders.generate.conftest import BANK_WITH_FRAUD

pytestmark = pytest.mark.extended

DAYS, START, SEED = BANK_WITH_FRAUD.days, BANK_WITH_FRAUD.start, BANK_WITH_FRAUD.seed
LAST = START + timedelta(days=DAYS - 1)
CATEGORIES = {"Groceries", "Utilities", "Entertainment", "Dining", "Travel", "Healthcare", "Education"}
SIGNS = signs()


def updated(row: Row) -> str:
    """The update time with six decimals, so that texts compare as times do."""
    return row["updated_at"].ljust(26, "0") if "." in row["updated_at"] else row["updated_at"] + ".000000"


@pytest.mark.parametrize("entity", BANKING)
def test_every_entity_is_delivered_with_the_columns_of_the_contract(entity: str, bank: Delivered) -> None:
    columns = ENTITIES[entity].delivered_columns
    days = list(simulate(Settings(3, START, 30, 50, SEED)))
    assert all(tuple(day.deliveries[ENTITIES[entity]].columns) == columns for day in days)
    assert bank.rows(entity)
    assert tuple(bank.rows(entity)[0])[:-1] == columns


@pytest.mark.parametrize(
    ("entity", "column", "codes"),
    [
        ("accounts", "account_type", {"Checking", "Savings", "Credit Card", "Loan", "Investment"}),
        ("transactions", "channel", {"Online", "Mobile App", "In-Store", "ATM", "Telephone", "Branch"}),
        ("transactions", "category", CATEGORIES | {""}),
        ("merchants", "category", CATEGORIES),
        ("loan_applications", "loan_type", {"Mortgage", "Personal", "Auto", "Student"}),
        ("loan_applications", "application_status", {"Approved", "Rejected", "Pending"}),
        ("loan_applications", "grade", set("ABCDEFG")),
        ("loan_payments", "payment_status", {"Due", "Paid", "Late", "Missed"}),
        ("investments", "investment_type", {"Stocks", "Bonds", "Mutual Funds", "Real Estate", "Commodities"}),
        (
            "customer_interactions",
            "interaction_type",
            {"Inquiry", "Complaint", "Service Request", "Sales", "Technical Support"},
        ),
        ("customer_interactions", "satisfaction_score", {"", "1", "2", "3", "4", "5"}),
        ("customer_interactions", "is_resolved", {"true", "false"}),
        ("customer_interactions", "channel", {"Online", "Mobile App", "Telephone", "Branch"}),
        ("fx_rates", "currency", {"USD", "EUR", "JPY"}),
    ],
)
def test_all_codes_occur_and_no_others(bank: Delivered, entity: str, column: str, codes: set[str]) -> None:
    assert {row[column] for row in bank.rows(entity)} == codes


@pytest.mark.parametrize("entity", BANKING)
def test_each_version_is_later_than_the_one_before(bank: Delivered, entity: str) -> None:
    assert all(row["updated_at"][:10] <= row["dt"] for row in bank.rows(entity))
    for versions in bank.history[entity].values():
        for before, after in pairwise(versions):
            assert updated(before) < updated(after)
            # Only customers have several versions per day.
            assert before["dt"] < after["dt"] or entity == "customers"


@pytest.mark.parametrize(
    ("entity", "column", "to"),
    [
        ("customers", "location_id", "locations"),
        ("accounts", "customer_id", "customers"),
        ("transactions", "account_id", "accounts"),
        ("transactions", "merchant_id", "merchants"),
        ("transactions", "location_id", "locations"),
        ("merchants", "location_id", "locations"),
        ("loans", "account_id", "accounts"),
        ("loans", "customer_id", "customers"),
        ("loans", "application_id", "loan_applications"),
        ("loan_applications", "customer_id", "customers"),
        ("loan_payments", "loan_id", "loans"),
        ("investments", "account_id", "accounts"),
        ("customer_interactions", "customer_id", "customers"),
        ("daily_balances", "account_id", "accounts"),
    ],
)
def test_rows_refer_only_to_rows_that_have_arrived(bank: Delivered, entity: str, column: str, to: str) -> None:
    arrived: dict[str, str] = {}
    for row in bank.rows(to):
        arrived.setdefault(row[KEYS[to][0]], row["dt"])
    references = [row for row in bank.rows(entity) if row[column]]
    assert references
    assert all(arrived[row[column]] <= row["dt"] for row in references)


def test_customers_have_the_city_of_their_location(bank: Delivered) -> None:
    for row in bank.rows("customers"):
        location = bank.latest["locations"][row["location_id"],]
        assert (row["country"], row["state"], row["city"]) == (location["country"], location["state"], location["city"])
    known = {(city.country, city.state, city.name): city for city in CITIES}
    for location in bank.latest["locations"].values():
        city = known[location["country"], location["state"], location["city"]]
        assert abs(float(location["latitude"]) - city.latitude) < 0.1
        assert abs(float(location["longitude"]) - city.longitude) < 0.1


def test_payments_have_category_and_location_of_their_merchant(bank: Delivered) -> None:
    for row in bank.rows("transactions"):
        assert bool(row["merchant_id"]) == (row["transaction_type"] == "Payment")
        if row["location_id"]:
            assert row["channel"] in {"In-Store", "ATM"}
        if row["merchant_id"]:
            merchant = bank.latest["merchants"][row["merchant_id"],]
            assert row["category"] == merchant["category"]
            assert (row["channel"] == "In-Store") == bool(row["location_id"])
            if row["channel"] == "In-Store":
                assert row["location_id"] == merchant["location_id"]


def test_most_cards_are_used_in_the_state_of_the_owner(bank: Delivered) -> None:
    fraud = {label["transaction_id"] for label in bank.labels}
    used: Counter[bool] = Counter()
    for row in bank.rows("transactions"):
        if row["location_id"] and row["transaction_id"] not in fraud:
            owner = bank.latest["customers"][(bank.latest["accounts"][row["account_id"],]["customer_id"],)]
            used[bank.latest["locations"][row["location_id"],]["state"] == owner["state"]] += 1
    assert 0.90 < used[True] / used.total() < 1


def test_daily_balances_are_correct_for_every_account_and_day(bank: Delivered) -> None:
    """Closing is opening plus the completed amounts by `transaction_ts`, and there is no day missing."""
    moved: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    first: dict[str, str] = {}
    for row in bank.latest["transactions"].values():
        day = row["transaction_ts"][:10]
        first[row["account_id"]] = min(first.get(row["account_id"], day), day)
        if row["transaction_status"] == "Completed":
            moved[row["account_id"], day] += SIGNS[row["transaction_type"]] * Decimal(row["amount"])
    currencies = {key[0]: row["currency"] for key, row in bank.latest["accounts"].items()}
    expected = {}
    for account, begun in first.items():
        balance = Decimal(0)
        for number in range((LAST - date.fromisoformat(begun)).days + 1):
            day = (date.fromisoformat(begun) + timedelta(days=number)).isoformat()
            opening, balance = balance, balance + moved[account, day]
            expected[account, day] = (opening, balance, currencies[account])
    assert expected == {
        key: (Decimal(row["opening_balance"]), Decimal(row["closing_balance"]), row["currency"])
        for key, row in bank.latest["daily_balances"].items()
    }


def test_late_settlements_correct_earlier_balances(bank: Delivered) -> None:
    corrected = [row for row in bank.rows("daily_balances") if row["balance_date"] < row["dt"]]
    assert {(date.fromisoformat(row["dt"]) - date.fromisoformat(row["balance_date"])).days for row in corrected} == {
        1,
        2,
    }
    assert all(row["updated_at"] == f"{row['dt']} 00:30:00" for row in corrected)
    for versions in bank.history["daily_balances"].values():
        balances = [(row["opening_balance"], row["closing_balance"]) for row in versions]
        assert len(set(balances)) >= len(balances) - 1


@pytest.mark.parametrize("order", ["transaction_ts", "updated_at"])
def test_completed_debits_never_exceed_the_limit(bank: Delivered, order: str) -> None:
    """By the time of the transactions, and by the time of their completion."""
    units = {"USD": Decimal(1), "EUR": Decimal("0.9"), "JPY": Decimal(150)}
    limits = {"Checking": -500, "Savings": 0, "Credit Card": -5000}
    balances: dict[str, Decimal] = defaultdict(Decimal)
    completed = [row for row in bank.latest["transactions"].values() if row["transaction_status"] == "Completed"]
    for row in sorted(completed, key=lambda row: (row[order][:19], row[order].ljust(26, "0"), row["transaction_id"])):
        signed = SIGNS[row["transaction_type"]] * Decimal(row["amount"])
        balances[row["account_id"]] += signed
        account = bank.latest["accounts"][row["account_id"],]
        if signed < 0:
            assert balances[row["account_id"]] >= limits[account["account_type"]] * units[account["currency"]]
    refused = [row for row in bank.latest["transactions"].values() if row["transaction_status"] == "Failed"]
    assert refused
