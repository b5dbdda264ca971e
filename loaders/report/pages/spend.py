"""Spend by merchant category, and customers who spend more than usual."""

from __future__ import annotations

from loaders.report.charts import by_day, ranked
from loaders.report.page import Page
from loaders.report.pages.days import last_days, month, newest_first
from loaders.report.report import Column, Report

_CATEGORY = "merchant_version__merchant_category"
_UNKNOWN = "Unknown"


def spend(report: Report) -> Page:
    """Return the page."""
    page = Page(
        "spend",
        "Spend",
        "What do customers spend money on, and who spends far more than is normal for them?",
        ("fact_transaction", "dim_merchant_history", "customer_spend"),
    )
    until = report.until("transactions")
    names = ("completed_count", "debit_amount_reporting")
    monthly = report.metrics.ask(names, ("metric_time__month", _CATEGORY))
    known = [row for row in monthly.rows if row.keys[1] != _UNKNOWN]
    last = sorted(last_days(known, 1, until=until), key=lambda row: -(row.values["debit_amount_reporting"] or 0))
    daily = report.metrics.ask(["debit_amount_reporting"], ("metric_time__day", _CATEGORY))
    leading = {row.keys[1]: index for index, row in enumerate(last[:3])}
    shown_month = month(last[0].keys[0]) if last else "no month"
    page.add(
        "By category",
        '<div class="charts">',
        ranked(
            f"Spend by category in {shown_month}",
            [(str(row.keys[1]), row.values["debit_amount_reporting"]) for row in last],
            unit=report.currency,
        ),
        by_day(
            "Spend by day, the three largest categories",
            sorted(
                (
                    (row.keys[0], row.values["debit_amount_reporting"], str(row.keys[1]))
                    for row in last_days(daily.rows, until=until)
                    if row.keys[1] in leading
                ),
                key=lambda point: (leading[point[2]], point[0]),
            ),
            mark="line",
            unit=report.currency,
        ),
        "</div>",
        report.figures(
            page,
            monthly,
            {0: "Month", 1: "Category"},
            what="Spend",
            rows=newest_first(last_days(known, 6, until=until)),
            named=month,
        ),
        note="Debits of completed transactions with a known merchant, by the merchant's category at the time.",
    )
    page.add(
        "Customers above their normal",
        report.listing(
            page,
            "customer_spend",
            (
                Column("transaction_date", "Day"),
                Column("customer_id", "Customer"),
                Column("spend_amount_reporting", "Spend", "reporting"),
                Column("normal_spend_reporting", "Normal", "reporting"),
                Column("transaction_count", "Transactions", "count"),
            ),
            what="Above normal",
            keys=("date_id", "customer_id"),
            where="is_over_normal",
            order="transaction_date desc, spend_amount_reporting desc, customer_id",
            empty="No customer has spent far more than is normal for them.",
        ),
        note="Days on which a customer spent far more than on their days before, the last days first.",
    )
    return page
