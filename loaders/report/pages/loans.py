"""Loans: approval, delinquency and expected loss."""

from __future__ import annotations

from loaders.report.charts import percent, ranked
from loaders.report.page import Page, Stated
from loaders.report.report import Report

_DECISIONS = ("application_count", "approved_count", "rejected_count", "approval_rate")
_GRADES = Stated("loan_approval_rate", {name: name for name in _DECISIONS}, {"loan_type": 0, "grade": 1})
_CURRENCY = "loan__loan_currency"


def loans(report: Report) -> Page:
    """Return the page."""
    page = Page(
        "loans",
        "Loans",
        "Which loans are approved, who is late with payments, and what loss is to be expected?",
        ("fact_loan", "loan_approval_rate", "loan_delinquency"),
    )
    by_type = report.metrics.ask(_DECISIONS, ("loan_application__loan_type",))
    by_grade = report.metrics.ask(_DECISIONS, ("loan_application__loan_type", "loan_application__grade"))
    types = Stated("loan_approval_rate", {name: name for name in _DECISIONS[:3]}, {"loan_type": 0})
    page.add(
        "Approval",
        ranked(
            "Approval rate by loan type",
            [(str(row.keys[0]), percent(row.values["approval_rate"])) for row in by_type.rows],
            unit="percent of the decided applications",
        ),
        report.figures(page, by_type, {0: "Loan type"}, what="Applications", stated=types),
        report.figures(page, by_grade, {0: "Loan type", 1: "Grade"}, what="Applications", stated=_GRADES),
        note="A pending application is neither approved nor rejected, and does not count in the rate.",
    )
    bands = report.metrics.ask(
        ("loan_count", "outstanding_amount", "expected_loss"), (_CURRENCY, "loan__days_past_due_band")
    )
    rates = report.metrics.ask(
        ("loan_count", "delinquency_rate", "non_performing_rate", "lent_amount", "outstanding_amount", "expected_loss"),
        (_CURRENCY,),
    )
    ordered = sorted(bands.rows, key=lambda row: (str(row.keys[0]), _first_day(row.keys[1])))
    by_band: dict[str, int] = {}
    for row in sorted(bands.rows, key=lambda row: _first_day(row.keys[1])):
        by_band[str(row.keys[1])] = by_band.get(str(row.keys[1]), 0) + row.values["loan_count"]
    page.add(
        "Delinquency and expected loss",
        ranked("Loans by days past due", list(by_band.items()), unit="number of loans"),
        report.figures(page, rates, {0: "Currency"}, what="Loans", currency_at=0),
        report.figures(
            page,
            bands,
            {0: "Currency", 1: "Days past due"},
            what="Days past due",
            rows=ordered,
            currency_at=0,
        ),
        note="As of the last due date that does not lie ahead. Amounts are in the currency of the loan.",
    )
    return page


def _first_day(band: object) -> int:
    """Return the first day of a band such as `1-30` or `90+`, for its order."""
    digits = "".join(character if character.isdigit() else " " for character in str(band)).split()
    return int(digits[0]) if digits else -1
