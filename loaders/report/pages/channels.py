"""Channels: how they are used, and how often they succeed."""

from __future__ import annotations

from loaders.report.charts import percent, ranked
from loaders.report.page import Page, Stated
from loaders.report.pages.days import last_days, month, newest_first
from loaders.report.report import Report

_BY = ("metric_time__month", "channel__channel_name")
_KEYS = {"month_start_date": 0, "channel_name": 1}
_TRANSACTIONS = {
    "transaction_count": "transaction_count",
    "completed_count": "completed_count",
    "failed_count": "failed_count",
    "completion_rate": "completion_rate",
    "active_customers": "customer_count",
    "completed_amount_reporting": "completed_amount_reporting",
}
_CONTACTS = {
    "contact_count": "contact_count",
    "resolved_count": "resolved_count",
    "resolution_rate": "resolution_rate",
}


def channels(report: Report) -> Page:
    """Return the page."""
    page = Page(
        "channels",
        "Channels",
        "Which channels do customers use, and how often does what they want succeed?",
        ("fact_transaction", "fact_customer_interactions", "dim_channel", "channel_effectiveness"),
    )
    used = report.metrics.ask(list(_TRANSACTIONS), _BY)
    last = last_days(used.rows, 1, until=report.until("transactions"))
    shown_month = month(last[0].keys[0]) if last else "no month"
    by_count = sorted(last, key=lambda row: -row.values["transaction_count"])
    page.add(
        "Transactions",
        '<div class="charts">',
        ranked(
            f"Transactions by channel in {shown_month}",
            [(str(row.keys[1]), row.values["transaction_count"]) for row in by_count],
        ),
        ranked(
            f"Completed of those that have ended, by channel in {shown_month}",
            [(str(row.keys[1]), percent(row.values["completion_rate"])) for row in by_count],
            unit="percent",
        ),
        "</div>",
        report.figures(
            page,
            used,
            {0: "Month", 1: "Channel"},
            what="Channel",
            rows=newest_first(last_days(used.rows, 6, until=report.until("transactions"))),
            stated=Stated("channel_effectiveness", _TRANSACTIONS, _KEYS),
            named=month,
        ),
        note="A pending transaction is neither completed nor failed.",
    )
    contacts = report.metrics.ask(list(_CONTACTS), _BY)
    page.add(
        "Contacts",
        report.figures(
            page,
            contacts,
            {0: "Month", 1: "Channel"},
            what="Contacts",
            rows=newest_first(last_days(contacts.rows, 6, until=report.until("customer_interactions"))),
            stated=Stated("channel_effectiveness", _CONTACTS, _KEYS),
            named=month,
        ),
    )
    return page
