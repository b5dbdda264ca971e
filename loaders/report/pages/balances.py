"""Balances by the bank's own books."""

from __future__ import annotations

from loaders.report.charts import by_day
from loaders.report.page import Page
from loaders.report.pages.days import last_days, month, newest_first
from loaders.report.report import Column, Report


def balances(report: Report) -> Page:
    """Return the page."""
    page = Page(
        "balances",
        "Balances",
        "How much money do accounts hold, and whose balance shrinks?",
        ("fact_daily_balances", "dim_currency", "customer_balance_trend"),
    )
    until = report.until("daily_balances")
    daily = report.metrics.ask(["closing_balance_reporting"], ("metric_time__day",))
    points = [
        (row.keys[0], row.values["closing_balance_reporting"], "Closing balance")
        for row in last_days(daily.rows, until=until)
    ]
    monthly = report.metrics.ask(["average_balance", "balance_count", "unconverted_balances"], ("metric_time__month",))
    page.add(
        "All accounts",
        by_day("Closing balance of all accounts by day", points, mark="line", unit=report.currency),
        report.figures(
            page,
            monthly,
            {0: "Month"},
            what="Average balance",
            rows=newest_first(last_days(monthly.rows, 6, until=until)),
            named=month,
        ),
        note="The average is that of the days of a month, of the balances of all accounts together.",
    )
    by_currency = report.metrics.ask(
        ["balance_count", "closing_balance"], ("metric_time__day", "currency__currency_code")
    )
    page.add(
        "By day and currency",
        report.figures(
            page,
            by_currency,
            {0: "Day", 1: "Currency"},
            what="Balance",
            rows=newest_first(last_days(by_currency.rows, until=until)),
            currency_at=1,
        ),
        note="Closing balances that the bank has delivered, in the currency of the row.",
    )
    page.add(
        "Customers whose balance shrinks",
        report.listing(
            page,
            "customer_balance_trend",
            (
                Column("month_start_date", "Month"),
                Column("customer_id", "Customer"),
                Column("month_end_balance_reporting", "At the end of the month", "reporting"),
                Column("balance_change_reporting", "Change", "reporting"),
                Column("balance_change_share", "Change", "share"),
            ),
            what="Shrinking balance",
            keys=("date_id", "customer_id"),
            where="balance_trend = 'shrinking' and customer_id <> 'unknown'",
            order="month_start_date desc, balance_change_reporting, customer_id",
            empty="No customer's balance has shrunk by more than 5 percent from one month to the next.",
        ),
        note="Balances at the end of a month that are more than 5 percent below those of the month before.",
    )
    return page
