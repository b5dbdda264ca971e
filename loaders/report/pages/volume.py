"""Transactions by day."""

from __future__ import annotations

from loaders.report.charts import by_day
from loaders.report.page import Page, Stated
from loaders.report.pages.days import last_days, newest_first
from loaders.report.report import Column, Report

BY_DAY_AND_CURRENCY = ("metric_time__day", "currency__currency_code")
VOLUME = Stated(
    "daily_transaction_volume",
    {
        "transaction_count": "transaction_count",
        "completed_count": "completed_count",
        "transaction_amount": "transaction_amount",
        "debit_amount": "debit_amount",
        "credit_amount": "credit_amount",
    },
    {"transaction_date": 0, "currency_code": 1},
)


def volume(report: Report) -> Page:
    """Return the page."""
    page = Page(
        "volume",
        "Volume and net flow",
        "How much was transacted each day, what came in and went out, and which days were unusual?",
        ("fact_transaction", "daily_transaction_volume", "dim_currency", "dim_date"),
    )
    until = report.until("transactions")
    counted = last_days(report.metrics.ask(["transaction_count"], BY_DAY_AND_CURRENCY).rows, until=until)
    spikes = {
        (row["transaction_date"], row["currency_code"])
        for row in report.warehouse.rows(
            "select transaction_date, currency_code from {gold}.daily_transaction_volume where is_spike"
        )
    }
    counts = [
        (row.keys[0], row.values["transaction_count"], "spike" if row.keys in spikes else str(row.keys[1]))
        for row in counted
    ]
    flows = last_days(
        report.metrics.ask(
            ["debit_amount_reporting", "credit_amount_reporting", "net_flow_reporting"], ("metric_time__day",)
        ).rows,
        until=until,
    )
    net = [(row.keys[0], row.values["net_flow_reporting"], "Net flow") for row in flows]
    sides = [
        (row.keys[0], row.values[f"{name}_amount_reporting"], name.capitalize())
        for row in flows
        for name in ("credit", "debit")
    ]
    page.add(
        "The last days",
        '<div class="charts">',
        by_day("Transactions by day and currency", counts, alarm="spike"),
        by_day("Net flow by day", net, unit=report.currency),
        by_day("Credit and debit by day", sides, mark="line", unit=report.currency),
        "</div>",
        note="Net flow is credit less debit of completed transactions.",
    )
    page.add(
        "Unusual days",
        report.listing(
            page,
            "daily_transaction_volume",
            (
                Column("transaction_date", "Day"),
                Column("currency_code", "Currency"),
                Column("transaction_count", "Transactions", "count"),
                Column("trailing_28_day_average_count", "Average of the days before", "amount"),
            ),
            what="Spike",
            keys=("transaction_date", "currency_code"),
            where="is_spike",
            order="transaction_date desc, currency_code",
            empty="No day had unusually many transactions.",
        ),
        note="A day is a spike if it has many more transactions than the average of the 28 days before it.",
    )
    names = ("transaction_count", "completed_count", "transaction_amount", "debit_amount", "credit_amount", "net_flow")
    answer = report.metrics.ask(names, BY_DAY_AND_CURRENCY)
    page.add(
        "By day and currency",
        report.figures(
            page,
            answer,
            {0: "Day", 1: "Currency"},
            what="Volume",
            rows=newest_first(last_days(answer.rows, until=until)),
            stated=VOLUME,
            currency_at=1,
        ),
        note="Amounts are in the currency of the row. Volume is of all transactions, the others of completed ones.",
    )
    fiscal = report.metrics.ask(
        ["transaction_count", "debit_amount_reporting", "credit_amount_reporting", "net_flow_reporting"],
        ("metric_time__fiscal_quarter",),
    )
    page.add("By fiscal quarter", report.figures(page, fiscal, {0: "Fiscal quarter"}, what="Fiscal quarter"))
    return page
