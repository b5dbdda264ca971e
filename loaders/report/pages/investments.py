"""Investments and their return."""

from __future__ import annotations

from loaders.report.charts import percent, ranked
from loaders.report.page import Page, Stated
from loaders.report.report import Report

_TYPES = Stated(
    "investment_performance",
    {
        "investments_of_types": "investment_count",
        "invested_amount_reporting": "invested_amount_reporting",
        "returned_amount_reporting": "returned_amount_reporting",
        "return_on_investment": "return_on_investment",
        "unconverted_investments": "unconverted_count",
    },
    {"investment_type_name": 0},
)


def investments(report: Report) -> Page:
    """Return the page."""
    page = Page(
        "investments",
        "Investments",
        "What do investments bring?",
        ("fact_investment", "dim_currency", "investment_performance"),
    )
    by_type = report.metrics.ask(list(_TYPES.columns), ("investment_type__investment_type_name",))
    page.add(
        "By type",
        ranked(
            "Return on investment",
            [(str(row.keys[0]), percent(row.values["return_on_investment"])) for row in by_type.rows],
            unit="percent of the amount invested",
        ),
        report.figures(page, by_type, {0: "Investment type"}, what="Investments", stated=_TYPES),
        note="Amounts at the exchange rate of the day of the investment. Investments without a rate are in no amount.",
    )
    by_currency = report.metrics.ask(
        ("investment_count", "winning_count", "invested_amount", "investment_return"), ("currency__currency_code",)
    )
    page.add(
        "By currency",
        report.figures(page, by_currency, {0: "Currency"}, what="Investments", currency_at=0),
        note="Amounts in the currency of the account.",
    )
    return page
