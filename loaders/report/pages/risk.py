"""What the fraud rules have found."""

from __future__ import annotations

import re
from collections import Counter

from loaders.report.charts import by_day, ranked
from loaders.report.markup import link, nothing, shown, table, text
from loaders.report.page import Page, rows_command
from loaders.report.pages.days import last_days, newest_first
from loaders.report.report import Column, Report

# A reason of a transaction: the rule, its weight, and its explanation.
_RULE = re.compile(r"(?:^|; )(?P<rule>\w+) \+\d+")


def risk(report: Report) -> Page:
    """Return the page."""
    page = Page(
        "risk",
        "Risk",
        "Which transactions should a person look at, and which rules found them?",
        ("transaction_risk",),
    )
    until = report.until("transactions")
    daily = report.metrics.ask(
        ("scored_transactions", "flagged_transactions", "high_risk_transactions", "high_risk_share"),
        ("metric_time__day",),
    )
    points = [
        (row.keys[0], row.values["high_risk_transactions"], "high risk") for row in last_days(daily.rows, until=until)
    ]
    hits = _hits(report)
    page.add(
        "By day and rule",
        '<div class="charts">',
        by_day("Transactions with a high risk by day", points, alarm="high risk"),
        ranked("Hits by rule", [(rule, all_hits) for rule, all_hits, _ in hits]),
        "</div>",
    )
    page.add(
        "Hits by rule",
        _rules(report, page, hits),
        note="A transaction that several rules flag counts for each of them.",
    )
    page.add(
        "Precision",
        nothing(
            "No labels are delivered that say which transactions were fraud, so there is no precision to show. "
            "docs/fraud_rules.md has it for generated fraud."
        ),
    )
    page.add(
        "High risk, the last ones first",
        report.listing(
            page,
            "transaction_risk",
            (
                Column("transaction_date", "Day"),
                Column("transaction_id", "Transaction"),
                Column("risk_score", "Score", "count"),
                Column("transaction_amount_reporting", "Amount", "reporting"),
                Column("risk_reasons", "Reasons"),
            ),
            what="High risk",
            keys=("transaction_id",),
            where="is_high_risk",
            order="transaction_date desc, risk_score desc, transaction_id",
            empty="No transaction has a high risk.",
        ),
    )
    page.add(
        "By day",
        report.figures(page, daily, {0: "Day"}, what="Risk", rows=newest_first(last_days(daily.rows, until=until))),
    )
    return page


def _hits(report: Report) -> list[tuple[str, int, int]]:
    """Return the rules with their hits, and of them those with a high risk; the most hits first."""
    answer = report.metrics.ask(("flagged_transactions", "high_risk_transactions"), ("transaction__risk_reasons",))
    counted: Counter[str] = Counter()
    high: Counter[str] = Counter()
    for row in answer.rows:
        for rule in _RULE.findall(row.keys[0] or ""):
            counted[rule] += row.values["flagged_transactions"]
            high[rule] += row.values["high_risk_transactions"]
    return sorted(((rule, count, high[rule]) for rule, count in counted.items()), key=lambda hit: (-hit[1], hit[0]))


def _rules(report: Report, page: Page, hits: list[tuple[str, int, int]]) -> str:
    if not hits:
        return nothing("No rule has flagged a transaction.")
    model = report.definitions.models["risks"]
    rows = []
    for rule, count, high in hits:
        command = rows_command(report.definitions, model, (), ()).removesuffix('"')
        command += f" where position('; {rule} +' in '; ' || risk_reasons) > 0\""
        target = page.explain(
            f"Hits of the rule {rule}",
            f"<p>{shown(count, 'count')} rows of <code>transaction_risk</code> name the rule in "
            f"<code>risk_reasons</code>, {shown(high, 'count')} of them with a high risk. The metrics are "
            f"{link('metrics.html#flagged_transactions', 'Flagged')} and "
            f"{link('metrics.html#high_risk_transactions', 'High risk')}.</p>",
            f"<p>Lists the rows behind it: <code>{text(command)}</code></p>",
        )
        rows.append(
            (text(rule), link(target, shown(count, "count"), "figure"), link(target, shown(high, "count"), "figure"))
        )
    return table(("Rule", "Hits", "With a high risk"), rows, numbers=(1, 2))
