"""Data quality: rejected rows, and what was expected."""

from __future__ import annotations

from collections import Counter

from loaders.report.charts import by_day, percent
from loaders.report.markup import code, nothing, shown
from loaders.report.page import Page
from loaders.report.pages.days import last_days
from loaders.report.report import Column, Report

_SHARES = ("delivered_file_count", "delivered_rows", "rejected_rows", "rejected_share")
_EXPECTED = ("expected_delivery_count", "late_delivery_count", "missing_delivery_count")
_RULES_IN_CHART = 3
_SHOWN_RULES = 30


def quality(report: Report) -> Page:
    """Return the page."""
    page = Page(
        "quality",
        "Data quality",
        "What was delivered, what is missing, and which rows broke which rules?",
        ("deliveries", "data_quality_daily", "expected_deliveries", "rejected_rows"),
    )
    shares = report.metrics.ask(["rejected_share"], ("metric_time__day",))
    points = [
        (row.keys[0], percent(row.values["rejected_share"]), "rejected") for row in last_days(shares.rows, until=None)
    ]
    by_rule = report.metrics.ask(["rule_failures"], ("metric_time__day", "rule_result__rule_name"))
    failures: Counter[str] = Counter()
    for row in by_rule.rows:
        failures[str(row.keys[1])] += row.values["rule_failures"] or 0
    worst = [rule for rule, count in sorted(failures.items(), key=lambda of: (-of[1], of[0])) if count]
    leading = worst[:_RULES_IN_CHART]
    page.add(
        "Rejected rows by arrival day",
        '<div class="charts">',
        by_day("Rejected share by arrival day", points, unit="percent of the delivered rows"),
        by_day(
            "Rows that break a rule, the worst rules",
            [
                (row.keys[0], row.values["rule_failures"], str(row.keys[1]))
                for rule in leading
                for row in last_days(by_rule.rows, until=None)
                if row.keys[1] == rule
            ],
        ),
        "</div>",
    )
    totals = report.metrics.ask(
        ["rule_failures"], ("rule_result__domain", "rule_result__entity", "rule_result__rule_name")
    )
    failed = sorted(
        (row for row in totals.rows if row.values["rule_failures"]),
        key=lambda row: (-row.values["rule_failures"], row.keys),
    )
    more = f" The first {_SHOWN_RULES} of {len(failed):,}." if len(failed) > _SHOWN_RULES else ""
    page.add(
        "By rule",
        report.figures(page, totals, {0: "Domain", 1: "Entity", 2: "Rule"}, what="Rule", rows=failed[:_SHOWN_RULES])
        if failed
        else nothing("No row has broken a rule."),
        note=f"Over all arrival days, the most frequent first.{more}",
    )
    by_entity = report.metrics.ask(_SHARES, ("delivery__domain", "delivery__entity"))
    page.add("By entity", report.figures(page, by_entity, {0: "Domain", 1: "Entity"}, what="Deliveries"))
    expected = report.metrics.ask(_EXPECTED, ("expectation__domain", "expectation__entity"))
    page.add(
        "Expected deliveries",
        report.figures(page, expected, {0: "Domain", 1: "Entity"}, what="Expected deliveries"),
        report.listing(
            page,
            "expected_deliveries",
            (
                Column("expected_on", "Day"),
                Column("domain", "Domain"),
                Column("entity", "Entity"),
                Column("delivery_status", "Status"),
            ),
            what="Missing",
            keys=("expected_on", "domain", "entity"),
            where="delivery_status in ('missing', 'refused')",
            order="expected_on, domain, entity",
            empty="Nothing that was expected is missing.",
        ),
    )
    page.add("Rows that wait for a correction", _oldest(report), _waiting(report, page))
    return page


def _oldest(report: Report) -> str:
    answer = report.metrics.ask(
        ["open_rejection_count"], ("metric_time__day", "rejection__domain", "rejection__entity")
    )
    waiting = [row for row in answer.rows if row.values["open_rejection_count"]]
    if not waiting:
        return ""
    oldest = waiting[0]
    return (
        f"<p>The oldest arrived on {shown(oldest.keys[0])}: {oldest.keys[1]}/{oldest.keys[2]}. "
        f"{code('tieout rejects export')} writes the rows as files to correct.</p>"
    )


def _waiting(report: Report, page: Page) -> str:
    answer = report.metrics.ask(["rejection_count", "open_rejection_count"], ("rejection__domain", "rejection__entity"))
    if not answer.rows:
        return nothing("No row was rejected.")
    return report.figures(page, answer, {0: "Domain", 1: "Entity"}, what="Rejections")
