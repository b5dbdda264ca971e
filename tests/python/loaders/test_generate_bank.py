"""`tieout generate`: the whole bank hangs together, and its books tie to the cent, by the delivered rows alone."""

from __future__ import annotations

import csv
import math
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.contract import load_contract, project_root
from loaders.deliveries import Inbox
from loaders.generate import habits
from loaders.generate.applications import PRODUCTS
from loaders.generate.cities import CITIES
from loaders.generate.command import write
from loaders.generate.ledger import refuse_beyond_limits
from loaders.generate.loan_payments import instalment, months_later
from loaders.generate.settings import Settings
from loaders.generate.simulation import _Bank, simulate
from loaders.generate.tables import days_since_1970

DAYS, START, CUSTOMERS, PER_DAY, SEED, FRAUD = 25, date(2025, 1, 20), 500, 900, 11, 0.03
LAST = START + timedelta(days=DAYS - 1)
SETTINGS = Settings(DAYS, START, CUSTOMERS, PER_DAY, SEED, FRAUD)
ENTITIES = [entity for entity in load_contract().deliverable() if entity.domain == "banking"]
KEYS = {
    "customers": ["customer_id"],
    "accounts": ["account_id"],
    "transactions": ["transaction_id"],
    "loans": ["loan_id"],
    "merchants": ["merchant_id"],
    "locations": ["location_id"],
    "loan_applications": ["application_id"],
    "loan_payments": ["payment_id"],
    "investments": ["investment_id"],
    "customer_interactions": ["interaction_id"],
    "daily_balances": ["account_id", "balance_date"],
    "fx_rates": ["currency", "rate_date"],
}
CATEGORIES = {"Groceries", "Utilities", "Entertainment", "Dining", "Travel", "Healthcare", "Education"}
CENT = Decimal("0.01")


@pytest.fixture(scope="module")
def inbox(tmp_path_factory, read_inbox):
    root = tmp_path_factory.mktemp("bank") / "inbox"
    write(SETTINGS, Inbox(root))
    return read_inbox(root)


@pytest.fixture(scope="module")
def rows(inbox):
    return {entity.name: inbox.rows(entity.name) for entity in ENTITIES}


@pytest.fixture(scope="module")
def latest(rows):
    """By entity, the latest version of each key."""
    return {
        name: {tuple(row[column] for column in KEYS[name]): row for row in sorted(part, key=lambda row: row["dt"])}
        for name, part in rows.items()
    }


@pytest.fixture(scope="module")
def labels(inbox):
    with (inbox.root.parent / "truth" / "fraud.csv").open() as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def signs():
    with (project_root() / "seeds" / "reference" / "transaction_types.csv").open() as file:
        return {row["transaction_type_name"]: int(row["amount_sign"]) for row in csv.DictReader(file)}


def updated(row):
    return row["updated_at"].ljust(26, "0") if "." in row["updated_at"] else row["updated_at"] + ".000000"


# Contract


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
def test_every_entity_comes_with_the_columns_of_the_contract(entity, rows):
    days = list(simulate(Settings(3, START, 30, 50, SEED)))
    assert all(tuple(day.deliveries[entity].columns) == entity.delivered_columns for day in days)
    assert rows[entity.name]
    assert tuple(rows[entity.name][0])[:-1] == entity.delivered_columns


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
def test_all_codes_occur_and_no_others(rows, entity, column, codes):
    assert {row[column] for row in rows[entity]} == codes


@pytest.mark.parametrize("entity", KEYS)
def test_versions_of_a_key_are_each_later_than_the_one_before(rows, entity):
    seen = {}
    for row in rows[entity]:
        key = tuple(row[column] for column in KEYS[entity])
        assert key not in seen or updated(seen[key]) < updated(row)
        assert row["updated_at"][:10] <= row["dt"]
        if key in seen and entity != "customers":
            assert seen[key]["dt"] < row["dt"]  # one version a day
        seen[key] = row


# References


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
def test_what_is_referred_to_has_arrived(rows, entity, column, to):
    arrived = {}
    for row in rows[to]:
        arrived.setdefault(row[KEYS[to][0]], row["dt"])
    references = [row for row in rows[entity] if row[column]]
    assert references
    assert all(arrived[row[column]] <= row["dt"] for row in references)


def test_customers_live_where_their_location_is(rows, latest):
    for row in rows["customers"]:
        place = latest["locations"][(row["location_id"],)]
        assert (row["country"], row["state"], row["city"]) == (place["country"], place["state"], place["city"])
    known = {(city.country, city.state, city.name): city for city in CITIES}
    for place in latest["locations"].values():
        city = known[place["country"], place["state"], place["city"]]
        assert abs(float(place["latitude"]) - city.latitude) < 0.1
        assert abs(float(place["longitude"]) - city.longitude) < 0.1


def test_payments_fit_their_merchants(rows, latest):
    for row in rows["transactions"]:
        assert bool(row["merchant_id"]) == (row["transaction_type"] == "Payment")
        if row["location_id"]:
            assert row["channel"] in {"In-Store", "ATM"}
        if row["merchant_id"]:
            merchant = latest["merchants"][(row["merchant_id"],)]
            assert row["category"] == merchant["category"]
            assert (row["channel"] == "In-Store") == bool(row["location_id"])
            if row["channel"] == "In-Store":
                assert row["location_id"] == merchant["location_id"]


def test_most_cards_are_used_at_home(rows, latest, labels):
    fraud = {label["transaction_id"] for label in labels}
    used = Counter()
    for row in rows["transactions"]:
        if row["location_id"] and row["transaction_id"] not in fraud:
            owner = latest["customers"][(latest["accounts"][(row["account_id"],)]["customer_id"],)]
            used[latest["locations"][(row["location_id"],)]["state"] == owner["state"]] += 1
    assert 0.90 < used[True] / used.total() < 1


# Balances


def test_daily_balances_tie_for_every_account_and_day(latest, signs):
    """`closing = opening + signed completed amounts` of the day of transaction_ts, without a gap between days."""
    moved: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    first: dict[str, str] = {}
    for row in latest["transactions"].values():
        day = row["transaction_ts"][:10]
        first[row["account_id"]] = min(first.get(row["account_id"], day), day)
        if row["transaction_status"] == "Completed":
            moved[row["account_id"], day] += signs[row["transaction_type"]] * Decimal(row["amount"])
    currencies = {key[0]: row["currency"] for key, row in latest["accounts"].items()}
    expected = {}
    for account, begun in first.items():
        balance = Decimal(0)
        for number in range((LAST - date.fromisoformat(begun)).days + 1):
            day = (date.fromisoformat(begun) + timedelta(days=number)).isoformat()
            opening, balance = balance, balance + moved[account, day]
            expected[account, day] = (opening, balance, currencies[account])
    assert expected == {
        key: (Decimal(row["opening_balance"]), Decimal(row["closing_balance"]), row["currency"])
        for key, row in latest["daily_balances"].items()
    }


def test_late_settlements_correct_earlier_balances(rows):
    corrected = [row for row in rows["daily_balances"] if row["balance_date"] < row["dt"]]
    assert {(date.fromisoformat(row["dt"]) - date.fromisoformat(row["balance_date"])).days for row in corrected} == {
        1,
        2,
    }
    assert all(row["updated_at"] == f"{row['dt']} 00:30:00" for row in corrected)
    versions = defaultdict(list)
    for row in rows["daily_balances"]:
        versions[row["account_id"], row["balance_date"]].append((row["opening_balance"], row["closing_balance"]))
    assert all(len(set(history)) >= len(history) - 1 for history in versions.values())


@pytest.mark.parametrize("order", ["transaction_ts", "updated_at"])
def test_completed_debits_never_pass_the_limit(latest, signs, order):
    """Neither in the order in which they took place nor in the order in which they were completed."""
    units = {"USD": Decimal(1), "EUR": Decimal("0.9"), "JPY": Decimal(150)}
    limits = {"Checking": -500, "Savings": 0, "Credit Card": -5000}
    balances: dict[str, Decimal] = defaultdict(Decimal)
    completed = [row for row in latest["transactions"].values() if row["transaction_status"] == "Completed"]
    for row in sorted(completed, key=lambda row: (row[order][:19], row[order].ljust(26, "0"), row["transaction_id"])):
        signed = signs[row["transaction_type"]] * Decimal(row["amount"])
        balances[row["account_id"]] += signed
        account = latest["accounts"][(row["account_id"],)]
        if signed < 0:
            assert balances[row["account_id"]] >= limits[account["account_type"]] * units[account["currency"]]
    refused = [row for row in latest["transactions"].values() if row["transaction_status"] == "Failed"]
    assert refused


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-900, 600)), max_size=40))
def test_refusals_equal_a_plain_loop(postings):
    available, limits = np.array([0, 500, 1000, 50]), np.array([0, -500, -100, 0])
    plain = available.tolist()
    expected = []
    for account, move in postings:
        refused = move < 0 and plain[account] + move < limits[account]
        expected.append(refused)
        plain[account] += 0 if refused else move
    accounts, moves = (np.array([posting[place] for posting in postings], np.int64) for place in (0, 1))
    assert refuse_beyond_limits(available, limits, accounts, moves).tolist() == expected
    assert available.tolist() == plain


# Loans


def test_amortisation_ties_to_the_cent(latest, rows):
    """Interest and principal by the book for each instalment, and nothing is left after the last one."""
    instalments = defaultdict(list)
    for row in latest["loan_payments"].values():
        instalments[row["loan_id"]].append(row)
    closed = 0
    for (loan_id,), loan in latest["loans"].items():
        owed, rate = Decimal(loan["loan_amount"]), Decimal(loan["interest_rate"])
        coin = Decimal(1) if loan["currency"] == "JPY" else CENT
        started = days_since_1970(date.fromisoformat(loan["start_date"]))
        for number, row in enumerate(sorted(instalments[loan_id], key=lambda row: row["payment_id"]), 1):
            due = months_later(np.array([started]), np.array([number]))[0]
            assert days_since_1970(date.fromisoformat(row["due_date"])) == due
            interest = (owed * rate / 1200).quantize(coin, ROUND_HALF_UP)
            is_last = number == int(loan["term_months"])
            principal = owed if is_last else Decimal(loan["monthly_payment"]) - interest
            assert (Decimal(row["interest_amount"]), Decimal(row["principal_amount"])) == (interest, principal)
            assert Decimal(row["payment_amount"]) == interest + principal
            owed -= principal
        if number == int(loan["term_months"]):
            assert owed == 0
            closed += 1
    assert closed


@given(st.data(), st.sampled_from(PRODUCTS), st.sampled_from([1, 100]))
def test_the_last_instalment_closes_any_loan(data, product, coin):
    amount = data.draw(st.integers(*product.amounts))
    rate = data.draw(st.integers(*(int(percent * 100) for percent in product.rates)))
    months = data.draw(st.sampled_from(product.terms))
    monthly = rate / 120_000
    owed = amount * 100 * (1 if coin == 1 else 150)  # so many yen as dollars
    regular = round(owed * monthly / (1 - (1 + monthly) ** -months) / coin) * coin
    for number in range(1, months + 1):
        arrays = [np.array([value]) for value in (owed, regular, rate, coin, number == months)]
        interest, principal = (int(part[0]) for part in instalment(*arrays))
        assert interest >= 0
        assert principal > 0
        owed -= principal
    assert owed == 0
    assert abs(interest + principal - regular) < max(1000 * coin, regular)


def test_instalments_are_due_and_then_paid_late_or_missed(rows):
    history = defaultdict(list)
    for row in rows["loan_payments"]:
        history[row["payment_id"]].append(row)
    for versions in history.values():
        assert len(versions) <= 2
        for row in versions:
            is_paid = row["payment_status"] in {"Paid", "Late"}
            assert bool(row["paid_date"]) == bool(row["days_late"]) == is_paid
            if is_paid:
                late = date.fromisoformat(row["paid_date"]) - date.fromisoformat(row["due_date"])
                assert late.days == int(row["days_late"])
                assert (late.days > 0) == (row["payment_status"] == "Late")
                assert row["paid_date"] < row["dt"]
        first = versions[0]
        if first["dt"] > START.isoformat():
            assert (first["payment_status"], first["due_date"]) == ("Due", first["dt"])
        if len(versions) == 2:
            assert versions[1]["payment_status"] != "Due"


def test_instalments_and_payouts_move_accounts(latest):
    """A collected instalment is paid on the day of its transaction; one that the account could not bear is not."""
    paid = {(row["loan_id"], row["paid_date"]): row for row in latest["loan_payments"].values() if row["paid_date"]}
    collected = Counter()
    for row in latest["transactions"].values():
        day = row["transaction_ts"][:10]
        if row["counterparty_account"].startswith("TIEO-L"):
            loan = latest["loans"][(row["counterparty_account"].removeprefix("TIEO-"),)]
            assert row["account_id"] == loan["account_id"]
            if row["transaction_type"] == "Transfer":
                assert row["amount"] == loan["loan_amount"]
                assert date.fromisoformat(loan["start_date"]) == date.fromisoformat(day) - timedelta(days=1)
                assert loan["loan_type"] in {"Personal", "Student"}
            elif row["transaction_status"] == "Completed" and day < LAST.isoformat():
                assert paid[loan["loan_id"], day]["payment_amount"] == row["amount"]
            elif row["transaction_status"] == "Failed":
                assert (loan["loan_id"], day) not in paid
            collected[row["transaction_type"], row["transaction_status"]] += 1
    assert collected["Withdrawal", "Completed"] > 10
    assert collected["Transfer", "Completed"] > 0


def test_an_instalment_that_fails_is_late_and_at_last_missed():
    bank = _Bank(Settings(1, START, 2000, 0, SEED))
    payments, statuses = bank._payments, set()
    for number in range(70):
        day = START + timedelta(days=number)
        changed = payments.change(day, bank._loans)
        statuses |= {(row["payment_status"], row["days_late"]) for row in changed.to_dicts() if number > 60}
        payments.postpone(day, payments.paid_on(day)["key"].to_numpy())
    assert statuses == {("Due", None), ("Missed", None)}


def test_no_instalment_is_forgotten(latest):
    count = Counter(row["loan_id"] for row in latest["loan_payments"].values())
    for (loan_id,), loan in latest["loans"].items():
        if loan["loan_status"] != "Defaulted":
            started = days_since_1970(date.fromisoformat(loan["start_date"]))
            months = np.arange(1, int(loan["term_months"]) + 1)
            due = months_later(np.full(len(months), started), months) <= days_since_1970(LAST)
            assert count[loan_id] == due.sum()


def test_an_approved_application_becomes_a_loan(latest, rows):
    loans = {row["application_id"]: row for row in latest["loans"].values()}
    assert len(loans) == len(latest["loans"])
    for (application_id,), row in latest["loan_applications"].items():
        loan = loans.get(application_id)
        assert (row["application_status"] == "Pending") == (row["decided_date"] == "")
        if loan:
            assert row["application_status"] == "Approved"
            assert row["applied_date"] < row["decided_date"] < loan["start_date"]
            assert all(
                row[of] == loan[column]
                for of, column in [
                    ("customer_id", "customer_id"),
                    ("product", "product"),
                    ("loan_type", "loan_type"),
                    ("requested_amount", "loan_amount"),
                    ("currency", "currency"),
                    ("term_months", "term_months"),
                ]
            )
        elif row["application_status"] == "Approved":
            assert date.fromisoformat(row["decided_date"]) > LAST - timedelta(days=5)
    first = {}
    for row in rows["loan_applications"]:
        first.setdefault(row["application_id"], row)
    assert {row["application_status"] for row in first.values() if row["dt"] > START.isoformat()} == {"Pending"}


def test_bad_grades_are_rejected_more_often():
    day = next(simulate(Settings(1, START, 20_000, 0, SEED)))
    shares = (
        day.deliveries[load_contract().entity("banking", "loan_applications")]
        .group_by("grade")
        .agg((pl.col("application_status") == "Rejected").mean().alias("rejected"))
        .sort("grade")["rejected"]
    )
    assert shares.is_sorted()
    assert shares[0] < 0.15 < 0.5 < shares[-1]


# Rates, investments, contacts


def test_rates_have_no_gap_and_stay_near_their_mean(rows):
    days = [(START + timedelta(days=number)).isoformat() for number in range(DAYS)]
    for currency, mean in (("USD", 1.0), ("EUR", 1 / 0.9), ("JPY", 1 / 150)):
        series = [row for row in rows["fx_rates"] if row["currency"] == currency]
        assert [row["rate_date"] for row in series] == [row["dt"] for row in series] == days
        assert all(abs(math.log(float(row["rate_to_usd"]) / mean)) < 0.1 for row in series)
        assert len({row["rate_to_usd"] for row in series}) == (1 if currency == "USD" else DAYS)


def test_investments_belong_to_investment_accounts_and_change(rows, latest):
    history = defaultdict(list)
    for row in rows["investments"]:
        account = latest["accounts"][(row["account_id"],)]
        assert (account["account_type"], account["currency"]) == ("Investment", row["currency"])
        assert account["opened_date"] <= row["investment_date"] <= row["dt"]
        assert Decimal(row["investment_amount"]) > 0
        assert Decimal(row["investment_return"]) > -Decimal(row["investment_amount"])
        history[row["investment_id"]].append(row)
    weekly = [versions for versions in history.values() if versions[0]["investment_type"] == "Stocks"]
    assert max(len(versions) for versions in weekly) in {4, 5}
    returns = [Decimal(row["investment_return"]) for versions in weekly for row in versions[1:]]
    assert min(returns) < 0 < max(returns)


def test_contacts_that_are_not_resolved_may_be_later(rows):
    history = defaultdict(list)
    for row in rows["customer_interactions"]:
        assert int(row["duration_seconds"]) > 0
        assert row["interaction_ts"][:10] <= row["dt"]
        history[row["interaction_id"]].append(row["is_resolved"])
    assert {tuple(versions) for versions in history.values()} == {("true",), ("false",), ("false", "true")}


# Habits


def test_paydays_move_to_the_friday_before_a_weekend():
    assert habits.paydays(date(2025, 1, 1)) == (1,)
    assert habits.paydays(date(2025, 1, 31)) == (1,)  # the 1st is a Saturday
    assert habits.paydays(date(2025, 2, 1)) == ()
    assert habits.paydays(date(2025, 6, 13)) == (2,)  # the 15th is a Sunday
    assert habits.paydays(date(2025, 6, 12)) == ()
    year = [date(2025, 1, 1) + timedelta(days=number) for number in range(365)]
    assert Counter(number for day in year for number in habits.paydays(day)) == {1: 12, 2: 12}


def test_days_look_like_people():
    def day(of):
        second = list(simulate(Settings(2, of - timedelta(days=1), 3000, 40_000, SEED)))[1]
        transactions = second.deliveries[load_contract().entity("banking", "transactions")]
        return transactions.filter(pl.col("transaction_ts").dt.date() == of)

    def share(rows, category):
        return rows.filter(pl.col("category") == category).height / rows["category"].count()

    usual, saturday, sunday = day(date(2025, 3, 4)), day(date(2025, 3, 8)), day(date(2025, 3, 9))
    december, july, rent, pay = (day(of) for of in (
        date(2025, 12, 2), date(2025, 7, 8), date(2025, 4, 1), date(2025, 4, 15)
    ))  # fmt: skip
    assert share(saturday, "Entertainment") > 1.3 * share(usual, "Entertainment")
    assert share(july, "Travel") > 1.5 * share(usual, "Travel")
    assert share(december, "Entertainment") > 1.2 * share(usual, "Entertainment")
    assert share(rent, "Utilities") > 1.3 * share(usual, "Utilities")
    assert sunday.filter(channel="Branch").height == 0 < saturday.filter(channel="Branch").height
    deposits = [rows.filter(transaction_type="Deposit")["amount"].sum() for rows in (usual, pay)]
    assert deposits[1] > 1.2 * float(deposits[0])
    hours = usual.group_by(pl.col("transaction_ts").dt.hour().alias("hour"), "category").len()
    lunch = hours.filter(category="Dining").sort("len", descending=True)["hour"][:4].to_list()
    assert {12, 19} <= set(lunch)
    night = usual.filter(pl.col("transaction_ts").dt.hour() < 5).height
    assert 0 < night < 0.03 * usual.height
    by_account = usual.group_by("account_id").len().sort("len", descending=True)["len"]
    assert by_account[: len(by_account) // 5].sum() > 0.45 * usual.height


# Fraud


def test_labels_refer_to_delivered_transactions(labels, latest):
    assert {label["typology"] for label in labels} == {
        "card_testing",
        "impossible_travel",
        "structuring",
        "account_takeover",
        "fan_in",
        "fan_out",
    }
    assert len({label["transaction_id"] for label in labels}) == len(labels)
    typologies = defaultdict(set)
    for label in labels:
        transaction = latest["transactions"][(label["transaction_id"],)]
        account = latest["accounts"][(label["account_id"],)]
        assert transaction["account_id"] == label["account_id"]
        assert account["customer_id"] == label["customer_id"]
        assert transaction["transaction_ts"][:10] == label["date"]
        typologies[label["incident_id"]].add(label["typology"])
    assert all(len(names) == 1 for names in typologies.values())
    assert 0.4 * FRAUD < len(labels) / (PER_DAY * DAYS) < 2 * FRAUD


def incidents(labels, latest, typology):
    parts = defaultdict(list)
    for label in labels:
        if label["typology"] == typology:
            parts[label["incident_id"]].append(latest["transactions"][(label["transaction_id"],)])
    return list(parts.values())


def test_incidents_look_like_their_typology(labels, latest, rows):
    def seconds(part):
        times = sorted(datetime.fromisoformat(row["transaction_ts"]) for row in part)
        return (times[-1] - times[0]).total_seconds()

    rates = {(row["currency"], row["rate_date"]): float(row["rate_to_usd"]) for row in rows["fx_rates"]}

    def dollars(row):
        return float(row["amount"]) * rates[row["currency"], row["transaction_ts"][:10]]

    for part in incidents(labels, latest, "card_testing"):
        assert seconds(part) < 15 * 60
        assert sum(dollars(row) < 5 for row in part) == len(part) - 1 >= 8
        assert max(map(dollars, part)) > 300
    for part in incidents(labels, latest, "impossible_travel"):
        places = [latest["locations"][(row["location_id"],)] for row in part]
        assert len({place["country"] for place in places}) == 2
        assert seconds(part) < 3600
    for part in incidents(labels, latest, "structuring"):
        assert all(8_900 < dollars(row) < 10_000 and row["transaction_type"] == "Deposit" for row in part)
        assert seconds(part) < 5 * 86_400
    contacts = defaultdict(set)
    for row in rows["customers"]:
        contacts[row["customer_id"]].add((row["email"], row["phone"]))
    for part in incidents(labels, latest, "account_takeover"):
        owner = latest["accounts"][(part[0]["account_id"],)]["customer_id"]
        assert len(contacts[owner]) > 1
        assert all(int(row["transaction_ts"][11:13]) < 6 for row in part)
        assert {row["transaction_type"] for row in part} == {"Withdrawal"}
    for part in incidents(labels, latest, "fan_in"):
        sums = Counter()
        for row in part:
            sums[row["account_id"]] += 1
        mule = sums.most_common(1)[0][0]
        assert sum(row["transaction_type"] == "Transfer" for row in part if row["account_id"] == mule) >= 8
    for part in incidents(labels, latest, "fan_out"):
        assert len([row for row in part if row["transaction_type"] == "Withdrawal"]) >= 8


def test_fraud_comes_on_top_and_only_on_request(inbox, labels, rows, read_inbox, tieout, tmp_path):
    new = Counter(row["dt"] for row in rows["transactions"] if row["dt"] == row["transaction_ts"][:10])
    fraud = Counter(label["date"] for label in labels)
    assert {count - fraud[day] for day, count in new.items()} == {PER_DAY}
    assert tieout("generate", "--inbox", tmp_path / "inbox", "--days", 2, "--customers", 5).code == 0
    assert not (tmp_path / "truth").exists()


def test_a_longer_run_begins_as_a_shorter_one_with_fraud_too(inbox, read_inbox, tmp_path, labels):
    write(Settings(6, START, CUSTOMERS, PER_DAY, SEED, FRAUD), Inbox(tmp_path / "inbox"))
    assert read_inbox(tmp_path / "inbox").digests().items() <= inbox.digests().items()
    shorter = (tmp_path / "truth" / "fraud.csv").read_bytes()
    assert (inbox.root.parent / "truth" / "fraud.csv").read_bytes().startswith(shorter)
    # What is longer stays, what is shorter is lengthened.
    write(Settings(8, START, CUSTOMERS, PER_DAY, SEED, FRAUD), Inbox(tmp_path / "inbox"))
    longer = (tmp_path / "truth" / "fraud.csv").read_bytes()
    assert longer.startswith(shorter)
    assert len(longer) > len(shorter)
    write(Settings(6, START, CUSTOMERS, PER_DAY, SEED, FRAUD), Inbox(tmp_path / "inbox"))
    assert (tmp_path / "truth" / "fraud.csv").read_bytes() == longer


def test_the_truth_of_another_bank_is_not_written_over(tieout, tmp_path):
    small = ["generate", "--days", 3, "--customers", 50, "--transactions-per-day", 200, "--fraud", 0.2]
    truth = ["--truth", tmp_path / "labels"]
    assert tieout(*small, *truth, "--inbox", tmp_path / "a").code == 0
    before = (tmp_path / "labels" / "fraud.csv").read_bytes()
    assert before.count(b"\n") > 1
    refused = tieout(*small, *truth, "--inbox", tmp_path / "b", "--seed", 1)
    assert (refused.code, "tells of other transactions" in refused.err) == (1, True)
    assert (tmp_path / "labels" / "fraud.csv").read_bytes() == before
    inside = tieout(*small, "--truth", tmp_path / "c" / "truth", "--inbox", tmp_path / "c")
    assert (inside.code, "lies in the inbox" in inside.err) == (1, True)
