"""Places where cards are used."""

from __future__ import annotations

from loaders.report.charts import ranked
from loaders.report.page import Page, Stated
from loaders.report.report import Report

_SHOWN, _IN_CHART = 50, 12
_UNKNOWN = ("Unknown", "Unknown")
_NAMES = ("transaction_count", "completed_count", "completed_amount_reporting")


def places(report: Report) -> Page:
    """Return the page."""
    page = Page(
        "places",
        "Places",
        "Where do customers use their money?",
        ("fact_transaction", "dim_location", "geographic_distribution"),
    )
    answer = report.metrics.ask(_NAMES, ("location__country", "location__state"))
    largest = sorted(
        answer.rows, key=lambda row: (-(row.values["completed_amount_reporting"] or 0), tuple(map(str, row.keys)))
    )
    total = report.metrics.ask(_NAMES).rows[0]
    left_out = f" The {len(largest) - _SHOWN:,} smallest are not shown." if len(largest) > _SHOWN else ""
    page.add(
        "By state",
        ranked(
            "Completed amount, the largest places",
            [
                (f"{row.keys[1]}, {row.keys[0]}", row.values["completed_amount_reporting"])
                for row in largest
                if row.keys != _UNKNOWN
            ][:_IN_CHART],
            unit=report.currency,
        ),
        report.figures(
            page,
            answer,
            {0: "Country", 1: "State"},
            what="Place",
            rows=largest[:_SHOWN],
            stated=Stated("geographic_distribution", {name: name for name in _NAMES}, {"country": 0, "state": 1}),
            total=total if answer.rows else None,
        ),
        note=f"All days. Unknown are transactions without a place, such as transfers.{left_out}",
    )
    return page
