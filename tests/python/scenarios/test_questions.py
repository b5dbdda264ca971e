"""Analysts' questions get the right answers, although half of the deliveries are faulty.

Each question is asked twice: by a plain query on gold, and by the query in `analyses/`. Both answers are compared with
one that Polars computes from the delivered files and the truth file. The plain queries add up amounts of all currencies
and count rows without a parent under the unknown member. The queries in `analyses/` separate or convert currencies, and
also compute averages and rates, which are compared to the last digit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import TypeAlias

import polars as pl
import pytest

from tests.python.delivered import SIGNS, UNKNOWN, Delivered, money, quotient
from tests.python.warehouse import Warehouse

Rows: TypeAlias = list[tuple[object, ...]]
Analysis: TypeAlias = Callable[[str], Rows]

IS_COMPLETED = pl.col("transaction_status") == "Completed"


@pytest.fixture(scope="module")
def delivered(faulty_bank: Warehouse) -> Delivered:
    return Delivered(faulty_bank.inbox, faulty_bank.folder / "truth" / "faults.csv")


@pytest.fixture(scope="module")
def analysis(faulty_bank: Warehouse, new_warehouse: Callable[[str], Warehouse]) -> Analysis:
    """Answer a question with the query in `analyses/`."""
    # Compiled in another folder, because other processes read the warehouse.
    compiling = new_warehouse("analyses")
    compiling.run("dbt", "compile", "--no-populate-cache", "--no-introspect", "--select", "resource_type:analysis")
    compiled = compiling.folder / "target" / "compiled" / "tieout" / "analyses"

    def ask(name: str) -> Rows:
        query = (compiled / f"{name}.sql").read_text(encoding="utf-8")
        return in_order(faulty_bank.query(query))

    return ask


@pytest.fixture(scope="module")
def transactions(delivered: Delivered) -> pl.DataFrame:
    """The current version of every transaction, with the rows it refers to."""
    rows = (
        delivered.latest["transactions"]
        .rename({"category": "delivered_category"})
        .with_columns(
            day=pl.col("transaction_ts").dt.date(),
            year=pl.col("transaction_ts").dt.year(),
            month=pl.col("transaction_ts").dt.month(),
            posted=pl.when(IS_COMPLETED)
            .then(pl.col("amount") * pl.col("transaction_type").replace_strict(SIGNS))
            .otherwise(0),
        )
    )
    rows = delivered.valid_at(rows, "transaction_ts", "accounts", "customer_id")
    rows = delivered.valid_at(rows, "transaction_ts", "merchants", "category")
    rows = rows.with_columns(
        owner=delivered.known("customers", "customer_id"),
        location=delivered.known("locations", "location_id"),
        merchant=delivered.known("merchants", "merchant_id"),
        category_then=pl.col("category"),
    )
    locations = delivered.latest["locations"].select("country", "state", "city", location="location_id")
    merchants = delivered.latest["merchants"].select(merchant="merchant_id", category_now="category")
    rows = rows.join(locations, on="location", how="left").join(merchants, on="merchant", how="left")
    return delivered.in_usd(rows, "day", "amount", "posted")


def in_order(rows: Iterable[tuple[object, ...]]) -> Rows:
    return sorted(rows, key=str)


def counted(rows: pl.DataFrame, *by: str) -> list[tuple[list[object], int, Decimal]]:
    """Return the number of rows and their amount for each value of the columns."""
    sums = rows.group_by(by).agg(pl.len(), pl.col("amount").sum())
    return [(list(values), count, money(amount)) for *values, count, amount in sums.iter_rows()]


def test_the_ten_customers_with_the_highest_completed_amount(
    faulty_bank: Warehouse, analysis: Analysis, delivered: Delivered, transactions: pl.DataFrame
) -> None:
    completed = transactions.filter(IS_COMPLETED)
    by_amount = sorted(counted(completed, "owner"), key=lambda row: (-row[2], row[0]))
    asked = faulty_bank.query(
        "select customers.customer_id, count(*), sum(transactions.transaction_amount) "
        "from dev_gold.fact_transaction as transactions "
        "join dev_gold.dim_customer as customers on transactions.customer_id = customers.customer_id "
        "where transactions.transaction_status = 'Completed' group by 1 order by 3 desc, 1 limit 10"
    )
    assert asked == [(*owner, count, amount) for owner, count, amount in by_amount[:10]]

    customers = {row["customer_id"]: row for row in delivered.latest["customers"].iter_rows(named=True)}
    known = counted(completed.filter(pl.col("owner") != UNKNOWN), "currency", "owner")
    expected = []
    for (currency, owner), count, amount in known:
        rank = 1 + sum(of == currency and more > amount for (of, _), _, more in known)
        if rank <= 10:
            customer = customers[owner]
            expected.append((currency, rank, owner, customer["state"], customer["segment"], count, amount))
    assert {row[0] for row in expected} == {"USD", "EUR", "JPY"}
    assert analysis("top_customers_by_completed_amount") == in_order(expected)


def test_completed_transactions_by_month_and_channel(
    faulty_bank: Warehouse, analysis: Analysis, transactions: pl.DataFrame
) -> None:
    completed = transactions.filter(IS_COMPLETED)
    asked = faulty_bank.query(
        "select dates.year, dates.month, channels.channel_name, count(*), sum(transactions.transaction_amount) "
        "from dev_gold.fact_transaction as transactions "
        "join dev_gold.dim_date as dates on transactions.date_id = dates.date_id "
        "join dev_gold.dim_channel as channels on transactions.channel_id = channels.channel_id "
        "where transactions.transaction_status = 'Completed' group by 1, 2, 3"
    )
    expected = [(*by, count, amount) for by, count, amount in counted(completed, "year", "month", "channel")]
    assert {row[:2] for row in expected} == {(2025, 1), (2025, 2)}
    assert in_order(asked) == in_order(expected)
    by_currency = counted(completed, "year", "month", "channel", "currency")
    assert analysis("completed_by_month_and_channel") == in_order(
        (*by, count, amount) for by, count, amount in by_currency
    )


def test_invested_and_returned_by_investment_type(
    faulty_bank: Warehouse, analysis: Analysis, delivered: Delivered
) -> None:
    investments = delivered.latest["investments"]
    amounts = ("investment_amount", "investment_return")
    asked = faulty_bank.query(
        "select types.investment_type_name, count(*), sum(investments.investment_amount), "
        "sum(investments.investment_return) from dev_gold.fact_investment as investments "
        "join dev_gold.dim_investment_type as types on investments.investment_type_id = types.investment_type_id "
        "join dev_gold.dim_account as accounts on investments.account_id = accounts.account_id group by 1"
    )
    sums = investments.group_by("investment_type").agg(pl.len(), pl.col(amounts).sum())
    assert in_order(asked) == in_order(
        (name, count, money(invested), money(returned)) for name, count, invested, returned in sums.iter_rows()
    )

    first_day = delivered.latest["fx_rates"]["rate_date"].min()
    rated = investments.with_columns(rated_on=pl.max_horizontal("investment_date", pl.lit(first_day)))
    in_usd = delivered.in_usd(rated, "rated_on", *amounts)
    assert in_usd["rate"].null_count() == 0
    sums = in_usd.group_by("investment_type").agg(pl.col("investment_amount_usd", "investment_return_usd").sum())
    assert analysis("return_by_investment_type") == in_order(
        (name, money(invested), money(returned), quotient(returned, invested, 6))
        for name, invested, returned in sums.iter_rows()
    )


def test_applications_and_approval_rate_by_loan_type(
    faulty_bank: Warehouse, analysis: Analysis, delivered: Delivered
) -> None:
    """A loan whose application never arrived counts as an approved application."""
    applications = delivered.latest["loan_applications"].select("loan_type", status="application_status")
    has_application = pl.col("application_id").is_in(delivered.latest["loan_applications"]["application_id"].implode())
    without = delivered.latest["loans"].filter(has_application.not_().fill_null(value=True))
    assert without.height > 0
    applied = pl.concat([applications, without.select("loan_type", status=pl.lit("Approved"))])
    status = pl.col("status")
    counted_by_type = applied.group_by("loan_type").agg(
        pl.len(), approved=(status == "Approved").sum(), rejected=(status == "Rejected").sum()
    )
    counts = [*counted_by_type.iter_rows()]
    asked = faulty_bank.query(
        "select loans.loan_type, count(*), count(case when facts.loan_status = 'Approved' then 1 end), "
        "count(case when facts.loan_status = 'Rejected' then 1 end) from dev_gold.fact_loan as facts "
        "join dev_gold.dim_loan as loans on facts.loan_id = loans.loan_id "
        "join dev_gold.dim_customer as customers on facts.customer_id = customers.customer_id group by 1"
    )
    assert in_order(asked) == in_order(counts)
    assert analysis("approval_rate_by_loan_type") == in_order(
        (*row, quotient(row[2], row[2] + row[3], 4)) for row in counts
    )


def test_closing_balances_and_active_accounts_by_day(
    faulty_bank: Warehouse, analysis: Analysis, delivered: Delivered
) -> None:
    balances = delivered.latest["daily_balances"].with_columns(account=delivered.known("accounts", "account_id"))
    asked = faulty_bank.query(
        "select dates.date, count(distinct balances.account_id), sum(balances.closing_balance) "
        "from dev_gold.fact_daily_balances as balances "
        "join dev_gold.dim_date as dates on balances.date_id = dates.date_id "
        "join dev_gold.dim_account as accounts on balances.account_id = accounts.account_id group by 1"
    )
    sums = balances.group_by("balance_date").agg(pl.col("account").n_unique(), pl.col("closing_balance").sum())
    assert in_order(asked) == in_order((day, count, money(closing)) for day, count, closing in sums.iter_rows())

    known = balances.filter(pl.col("account") != UNKNOWN)
    sums = known.group_by("balance_date", "currency").agg(pl.len(), pl.col("closing_balance").sum())
    assert analysis("closing_balance_by_day") == in_order(
        (day, currency, count, money(closing), quotient(money(closing), count, 2))
        for day, currency, count, closing in sums.iter_rows()
    )


def test_completed_amounts_by_country_state_and_city(
    faulty_bank: Warehouse, analysis: Analysis, transactions: pl.DataFrame
) -> None:
    columns = ("country", "state", "city")
    completed = transactions.filter(IS_COMPLETED).with_columns(pl.col(columns).fill_null("Unknown"))
    asked = faulty_bank.query(
        "select locations.country, locations.state, locations.city, count(*), sum(transactions.transaction_amount) "
        "from dev_gold.fact_transaction as transactions "
        "join dev_gold.dim_location as locations on transactions.location_id = locations.location_id "
        "where transactions.transaction_status = 'Completed' group by 1, 2, 3"
    )
    assert in_order(asked) == in_order((*by, count, amount) for by, count, amount in counted(completed, *columns))

    known = transactions.filter(pl.col("location") != UNKNOWN)
    amounts = pl.col("amount_usd").filter(IS_COMPLETED)
    assert analysis("completed_by_location") == in_order(
        (*by, count, money(usd), quotient(money(usd), converted, 2))
        for *by, count, usd, converted in known.group_by(columns)
        .agg(IS_COMPLETED.sum(), amounts.sum(), amounts.count().alias("converted"))
        .iter_rows()
    )


def test_the_margin_of_a_category_is_that_of_revenue_with_a_known_cost(
    faulty_bank: Warehouse, analysis: Analysis
) -> None:
    expected = faulty_bank.query(
        """
        with sales as (
            select
                year(sold_date),
                month(sold_date),
                product_category,
                net_revenue_reporting as revenue,
                case when return_flag then 0 else calculated_total_cogs end as cost
            from dev_gold.fact_sales
            inner join dev_gold.dim_product using (product_key)
        )
        select #1, #2, #3, round(sum(revenue - cost) / sum(case when cost is not null then revenue end), 4)
        from sales
        group by all
        """
    )
    assert faulty_bank.value("select sum(uncosted_count) from dev_gold.product_profitability") > 0
    found = {row[:3]: row[6] for row in analysis("profit_by_product_category") if row[6] is not None}
    assert {row[:3]: Decimal(str(round(row[3], 4))) for row in expected if row[3] is not None} == found


def test_revenue_by_merchant_category(faulty_bank: Warehouse, analysis: Analysis, transactions: pl.DataFrame) -> None:
    """A join with dim_merchant gives the current category; all other queries use the category valid at the time."""
    completed = transactions.filter(IS_COMPLETED).with_columns(pl.col("category_now").fill_null("Unknown"))
    asked = faulty_bank.query(
        "select merchants.merchant_category, count(*), sum(transactions.transaction_amount) "
        "from dev_gold.fact_transaction as transactions "
        "join dev_gold.dim_merchant as merchants on transactions.merchant_id = merchants.merchant_id "
        "where transactions.transaction_status = 'Completed' group by 1"
    )
    assert in_order(asked) == in_order((*by, count, amount) for by, count, amount in counted(completed, "category_now"))

    asked = faulty_bank.query(
        "select merchant_category, count(*), sum(amount) from dev_gold.transaction_detail "
        "where status = 'Completed' group by 1"
    )
    detailed = completed.with_columns(category=pl.coalesce("category_then", "delivered_category"))
    assert in_order(asked) == in_order((*by, count, amount) for by, count, amount in counted(detailed, "category"))

    known = transactions.filter(pl.col("merchant") != UNKNOWN)
    revenue = -pl.col("posted_usd").filter(pl.col("posted") < 0).sum()
    assert analysis("revenue_by_merchant_category") == in_order(
        (year, month, category, count, money(usd))
        for year, month, category, count, usd in known.group_by("year", "month", "category_then")
        .agg(IS_COMPLETED.sum(), revenue)
        .iter_rows()
    )
