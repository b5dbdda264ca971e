"""The simulation: what happens on each day, in which order, and what is delivered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from loaders.contract import Entity, load_contract
from loaders.deliveries import as_delivered
from loaders.generate import investments as investing
from loaders.generate.accounts import Accounts
from loaders.generate.applications import Applications
from loaders.generate.balances import DailyBalances
from loaders.generate.bookings import Bookings
from loaders.generate.commerce import shop as commerce
from loaders.generate.commerce.shop import Shop
from loaders.generate.customers import Customers
from loaders.generate.fraud.labels import LABELS
from loaders.generate.fraud.planner import Fraud
from loaders.generate.fx import FxRates
from loaders.generate.interactions import Interactions
from loaders.generate.investments import Investments
from loaders.generate.loan_payments import LoanPayments
from loaders.generate.loans import Loans
from loaders.generate.locations import Locations
from loaders.generate.merchants import Merchants
from loaders.generate.plan import COLUMNS
from loaders.generate.pools import make_pools
from loaders.generate.settings import Settings
from loaders.generate.transactions import Transactions, delivered
from loaders.generate.trips import Trips
from loaders.generate.world import World

DOMAIN = "banking"


@dataclass(frozen=True)
class Day:
    """The output of one day.

    Attributes:
        date: the arrival day.
        deliveries: by entity, the rows with the delivered columns, in the order of events.
        fraud: the labels of the day's fraudulent transactions, which are not delivered.
    """

    date: date
    deliveries: dict[Entity, pl.DataFrame]
    fraud: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=LABELS))


def simulate(settings: Settings) -> Iterator[Day]:
    """Yield the days in order. The first days of a longer run are identical to a shorter run.

    A day of the bank:

    | time | event |
    |---|---|
    | 0:00 to 0:30 | pending transactions settle; then the balances of earlier days are corrected |
    | 0:30 to 1:00 | accounts change their status |
    | 1:00 to 7:00 | instalments are booked and become due; then loans change their status |
    | 1:00 to 23:30 | transactions take place |
    | 8:00 to 12:00 | customers join |
    | 12:00 to 20:00 | they open accounts, which have transactions from the next day on |
    | 20:00 to 21:00 | loans are granted |
    | 23:59:59 | the daily balances are computed |
    | any time | customers change |

    `commerce.shop` simulates the shop.
    """
    bank = _Bank(settings)
    yield bank.first_day()
    for day in (settings.day(number) for number in range(1, settings.days)):
        yield bank.next_day(day)


class _Bank:
    """The current state of the bank."""

    def __init__(self, settings: Settings) -> None:
        seed, start = settings.seed, settings.start
        pools = make_pools(seed)
        self._start = start
        self._locations = Locations(seed, start)
        self._merchants = Merchants(seed, pools, self._locations, settings.customers, start)
        self._customers = Customers(seed, pools, self._locations, settings.customers, start)
        self._accounts = Accounts(seed, self._customers.table, start)
        self._applications = Applications(seed, self._customers.table, self._accounts, start)
        self._loans = Loans(seed, self._accounts, self._applications, start)
        self._payments = LoanPayments(seed, self._loans, start)
        self._investments = Investments(seed, self._accounts, start)
        self._interactions = Interactions(seed)
        self._transactions = Transactions(seed, pools, settings.transactions_per_day)
        self._bookings = Bookings(seed, settings.transactions_per_day)
        self._trips = Trips(seed)
        self._balances = DailyBalances()
        self._fx = FxRates(seed)
        self._fraud = Fraud(seed, pools, settings.fraud, settings.transactions_per_day)
        self._shop = Shop(seed, settings.orders, start) if settings.orders else None

    def first_day(self) -> Day:
        """Return everything that the bank has on its first day. Fraud starts on the second."""
        day, known = self._start, self._customers.table.height
        opening = self._accounts.balances.copy()
        rates = self._fx.move(day)
        nothing = pl.DataFrame(schema=COLUMNS)
        made = self._transactions.make(day, self._world(day), nothing, nothing)
        self._loans.change(day, self._payments.statuses(day, self._loans), self._applications)
        shop = self._shop.first_day(day, self._customers.table) if self._shop else {}
        return _day(
            day,
            {
                "customers": self._customers.table,
                "accounts": self._accounts.table,
                "transactions": delivered(made),
                "loans": self._loans.table,
                "merchants": self._merchants.table,
                "locations": self._locations.table,
                "loan_applications": self._applications.table,
                "loan_payments": pl.concat([self._payments.first, self._payments.change(day, self._loans)]),
                "investments": investing.delivered(self._investments.table),
                "customer_interactions": self._interactions.make(day, self._customers.table, known),
                "daily_balances": self._balances.close(day, self._accounts, opening),
                "fx_rates": rates,
            },
            shop,
        )

    def next_day(self, day: date) -> Day:
        """Simulate a day and return what is new or changed."""
        customers, accounts, loans, applications = self._customers, self._accounts, self._loans, self._applications
        known = customers.table.height
        shop = self._shop.next_day(day, customers.table) if self._shop else {}
        rates = self._fx.move(day)
        added_locations = self._locations.add(day)
        changed_merchants = self._merchants.change(day, self._locations)
        settled = self._transactions.settle(day, accounts)
        corrected = self._balances.correct(day, settled, self._transactions, accounts)
        opening = accounts.balances.copy()
        changed_accounts = accounts.change(day, self._transactions.accounts_with_pending())
        payments = self._payments.change(day, loans)
        changed_loans = loans.change(day, self._payments.statuses(day, loans), applications)
        world = self._world(day)
        booked = self._bookings.plan(day, accounts, loans, self._payments)
        made = self._transactions.make(day, world, booked, self._fraud.plan(day, world, self._fx.to_usd))
        self._bookings.postpone_failed(day, made, self._payments)
        changed_customers = customers.change(day)
        taken_over = self._fraud.take_over(day, world, customers)
        joined = customers.join(day)
        opened = accounts.open(day, customers.table, joined.height)
        decided = applications.decide(day)
        applied = applications.apply(day, customers.table, accounts, known)
        granted = loans.grant(day, accounts, applications)
        self._payments.add_loans(day, loans)
        resolved = self._interactions.resolve(day)
        contacts = self._interactions.make(day, customers.table, known)
        valued = self._investments.change(day)
        invested = self._investments.invest(day, accounts)
        return _day(
            day,
            {
                "customers": pl.concat([changed_customers, taken_over, joined]),
                "accounts": pl.concat([changed_accounts, opened]),
                "transactions": pl.concat([delivered(settled), delivered(made)]),
                "loans": pl.concat([changed_loans, granted]),
                "merchants": changed_merchants,
                "locations": added_locations,
                "loan_applications": pl.concat([decided, applied]),
                "loan_payments": payments,
                "investments": investing.delivered(pl.concat([valued, invested])),
                "customer_interactions": pl.concat([resolved, contacts]),
                "daily_balances": pl.concat([corrected, self._balances.close(day, accounts, opening)]),
                "fx_rates": rates,
            },
            shop,
            self._fraud.labels(day, made, world),
        )

    def _world(self, day: date) -> World:
        homes = self._locations.cities[self._customers.homes()]
        return World(self._accounts, self._merchants, self._locations, self._trips.cities(day, homes))


def _day(
    day: date, bank: dict[str, pl.DataFrame], shop: dict[str, pl.DataFrame], fraud: pl.DataFrame | None = None
) -> Day:
    contract = load_contract()
    entities = {
        contract.entity(domain, name): rows
        for domain, part in ((DOMAIN, bank), (commerce.DOMAIN, shop))
        for name, rows in part.items()
    }
    deliveries = {entity: as_delivered(entity, rows) for entity, rows in entities.items()}
    return Day(day, deliveries) if fraud is None else Day(day, deliveries, fraud)
