"""The first page: the verdict, and what a person must look at."""

from __future__ import annotations

from datetime import date

from loaders.metrics.ties import Difference
from loaders.report.charts import by_day
from loaders.report.markup import code, items, link, nothing, shown, table, text
from loaders.report.page import Page
from loaders.report.pages.days import last_days
from loaders.report.pages.volume import BY_DAY_AND_CURRENCY, VOLUME
from loaders.report.report import Report
from loaders.wording import counted

_SHOWN_DIFFERENCES = 20
_OF_THE_VERDICT = (
    *("layer_reconciliation", "deliveries", "expected_deliveries", "refused_files", "rejected_rows"),
    *(
        "data_quality_daily",
        "balance_reconciliation",
        "restatements",
        "reused_keys",
        "excess_returns",
        "replacement_cycles",
        "future_dated_rows",
    ),
    *("unconverted_amounts", "unexplained_rows", "dimension_coverage", "scd2_integrity", "rule_fingerprints"),
    "run_history",
)


def today(report: Report) -> Page:
    """Return the page."""
    page = Page(
        "index",
        "Today",
        "Does everything tie out, how fresh is it, what is new, and what waits for a person?",
        (
            *("fact_transaction", "dim_currency", "daily_transaction_volume", "transaction_risk", "fact_sales"),
            *_OF_THE_VERDICT,
        ),
    )
    page.parts.append(_verdict(report))
    _last_day(report, page)
    _waiting(report, page)
    _freshness(report, page)
    return page


def difference_sentence(difference: Difference) -> str:
    """Return a sentence, as HTML, about a figure that is stated otherwise elsewhere."""
    figure, stated = text(shown(difference.figure)), text(shown(difference.stated))
    if not difference.keys:
        return (
            f"{code(difference.metric)} is {figure} now, but the last audit of {code(difference.table)} found {stated} "
            f"({text(difference.column)}). The table was changed after the run that wrote it. Find out by whom, then "
            f"run {code('dbt build --full-refresh')}."
        )
    where = ", ".join(f"{column} {value}" for column, value in difference.keys)
    words = [difference.table, *(f"{column}={value}" for column, value in difference.keys), difference.column]
    return (
        f"{code(f'{difference.table}.{difference.column}')} states {stated} for {text(where)}, but its rows make it "
        f"{figure}. {code(' '.join(['tieout explain --cell', *words]))}"
    )


def _verdict(report: Report) -> str:
    wrong = [compared for compared in report.compared if compared.different_rows]
    findings = [text(finding) for finding in report.verdict.findings]
    differences = [difference_sentence(of) for compared in wrong for of in compared.differences]
    hidden = sum(sum(of.different) for of in wrong) - _SHOWN_DIFFERENCES
    findings += differences[:_SHOWN_DIFFERENCES]
    if hidden > 0:
        findings.append(f"{hidden:,} more figures differ.")
    figures = sum(of.rows * len(of.columns) for of in report.compared)
    if findings:
        box = (
            '<div class="verdict wrong" id="verdict"><h2>It does not tie out</h2>'
            f"<p>{counted(len(findings), 'finding')}. {code('tieout check')} shows each entity and layer.</p>"
            f"{items(findings)}</div>"
        )
    else:
        rows = sum(entity["delivered_rows"] for entity in report.verdict.deliveries)
        box = (
            '<div class="verdict good" id="verdict"><h2>Everything ties out</h2>'
            f"<p>{rows:,} rows of {len(report.verdict.deliveries):,} entities, {len(report.verdict.layers):,} "
            f"reconciliations between layers, and {figures:,} figures of this report that other tables state too: all "
            "differences 0.</p></div>"
        )
    as_of = report.verdict.as_of
    return (
        f"{box}<p>It is the verdict on {text(report.run.shown)}: {as_of['file_count']:,} files that arrived from "
        f"{shown(as_of['first_on'])} to {shown(as_of['last_on'])}, loaded until {shown(as_of['loaded_at'])} UTC. Files "
        f"that have landed since then are not in it; {code('tieout check')} finds them.</p>\n"
    )


def _last_day(report: Report, page: Page) -> None:
    totals = report.metrics.ask(
        [
            "transaction_count",
            "active_customers",
            "debit_amount_reporting",
            "credit_amount_reporting",
            "net_flow_reporting",
        ],
        ("metric_time__day",),
    )
    if not totals.rows:
        page.add("The last day", nothing("There are no transactions."))
        return
    days = last_days(totals.rows, until=report.until("transactions"))
    last = days[-1]
    answer = report.metrics.ask(
        ["transaction_count", "transaction_amount", "debit_amount", "credit_amount", "net_flow"], BY_DAY_AND_CURRENCY
    )
    page.add(
        f"The last day with transactions: {shown(last.keys[0])}",
        report.headline(page, totals, last, f"All currencies: {shown(last.keys[0])}"),
        '<div class="charts">',
        by_day("Transactions by day", [(row.keys[0], row.values["transaction_count"], "all") for row in days]),
        by_day(
            "Net flow by day",
            [(row.keys[0], row.values["net_flow_reporting"], "all") for row in days],
            unit=report.currency,
        ),
        "</div>",
        report.figures(
            page,
            answer,
            {0: "Day", 1: "Currency"},
            what="Volume",
            rows=[row for row in answer.rows if row.keys[0] == last.keys[0]],
            stated=VOLUME,
            currency_at=1,
        ),
        note="Amounts of the table are in the currency of the row.",
    )


def _waiting(report: Report, page: Page) -> None:
    notes = [text(note) for note in report.verdict.notes]
    daily = report.metrics.ask(["high_risk_transactions"], ("metric_time__day",)).rows
    for last in last_days(daily, 1, until=report.until("transactions")):
        if last.values["high_risk_transactions"]:
            count = shown(last.values["high_risk_transactions"], "count")
            notes.append(f"Transactions with a high risk on {shown(last.keys[0])}: {link('risk.html', count)}.")
    worse = report.warehouse.row(
        "select count(*) as rule_count from {audit}.data_quality_daily as rules "
        "where is_worsening and arrived_on = (select max(arrived_on) from {audit}.data_quality_daily)"
    )
    if worse["rule_count"]:
        count = shown(worse["rule_count"], "count")
        notes.append(
            f"Rules that were broken more often than before on the last arrival day: {link('quality.html', count)}."
        )
    page.add("What waits for a person, and what is explained", items(notes) if notes else nothing("Nothing waits."))


def _freshness(report: Report, page: Page) -> None:
    by = ("metric_time__day", "delivery__domain", "delivery__entity")
    names = ("delivered_file_count", "delivered_rows", "rejected_rows", "rejected_share")
    answer = report.metrics.ask(names, by)
    missing = {
        (row.keys[0], row.keys[1])
        for row in report.metrics.ask(["missing_delivery_count"], ("expectation__domain", "expectation__entity")).rows
        if row.values["missing_delivery_count"]
    }
    if not answer.rows:
        page.add("What is new", nothing("Nothing was delivered."))
        return
    newest = answer.rows[-1].keys[0]
    page.add(
        f"What is new: the arrivals of {shown(newest)}",
        report.figures(
            page,
            answer,
            {1: "Domain", 2: "Entity"},
            what=f"Arrivals of {shown(newest)}",
            rows=[row for row in answer.rows if row.keys[0] == newest],
        ),
    )
    last: dict[tuple[str, str], date | str] = {(row.keys[1], row.keys[2]): "none" for row in answer.rows}
    for row in report.metrics.ask(["delivered_file_count"], (*by, "delivery__delivery_status")).rows:
        # A refused file has brought nothing, so it makes no entity fresh.
        if row.keys[3] == "landed":
            last[row.keys[1], row.keys[2]] = row.keys[0]
    page.add(
        "Freshness",
        table(
            ("Domain", "Entity", "Last arrival day", "Expected deliveries"),
            [
                (text(domain), text(entity), shown(day), "missing" if (domain, entity) in missing else "there")
                for (domain, entity), day in sorted(last.items())
            ],
            kinds=["wrong" if of in missing else "" for of in sorted(last)],
        ),
        note="The last arrival day is that of the last file that landed: refused files do not count. An entity is red "
        "if a delivery that its contract expects is missing.",
    )
