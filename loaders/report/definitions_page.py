"""The page with the definition of each metric."""

from __future__ import annotations

import re

from loaders.audit.descriptions import column_description
from loaders.metrics.definitions import Metric
from loaders.report.markup import code, link, shown, text
from loaders.report.page import Page, behind, made_of, rows_command
from loaders.report.report import Report

_UNITS = {
    "count": "a number",
    "amount": "an amount in the currency of the row",
    "share": "a share, shown in percent",
    "ratio": "a quotient",
}


def definitions_page(report: Report, lineage: str = "") -> Page:
    """Return the page.

    Args:
        report: the report.
        lineage: the way to the folder with the lineage of columns; none if there is none.
    """
    tables = sorted({model.table for model in report.definitions.models.values() if model.measures})
    page = Page("metrics", "Metrics", "What does each figure mean, and what proves it?", tuple(tables))
    for metric in sorted(report.definitions.metrics.values(), key=lambda metric: metric.label):
        _add(report, page, metric, lineage)
    return page


def _add(report: Report, page: Page, metric: Metric, lineage: str) -> None:
    definitions = report.definitions
    models = {definitions.model_of[of].name: definitions.model_of[of] for of in definitions.measures_of(metric.name)}
    unit = _UNITS.get(metric.unit, f"an amount in {report.currency}, the reporting currency")
    parts = [
        f"<p>{text(metric.description)}</p>",
        f"<p>{code(metric.name)}: {unit}. Made of {code(made_of(definitions, metric))}.</p>",
    ]
    if metric.inputs:
        of = ", ".join(link(f"#{name}", text(definitions.metric(name).label)) for name in dict.fromkeys(metric.inputs))
        parts.append(f"<p>Its metrics: {of}.</p>")
    # Amounts of several currencies do not add up, and neither do balances of several days.
    if metric.unit != "amount" and "balances" not in models:
        answer = report.metrics.ask([metric.name])
        if answer.rows:
            row = answer.rows[0]
            currency = report.currency if metric.unit == "reporting" else ""
            figure = text(shown(row.values[metric.name], metric.unit, currency))
            parts.append(f"<p>Over everything: {figure}, from {behind(row)}.</p>")
    if lineage and (columns := _columns(report, metric)):
        links = (link(f"{lineage}/{table}.html#{column}", code(f"{table}.{column}")) for table, column in columns)
        parts.append(f"<p>Lineage: {', '.join(links)}.</p>")
    parts.append(f"<p>Check: {report.checks_of(metric.name)}.</p>")
    commands = [f"mf query --metrics {metric.name} --group-by metric_time"]
    commands += [rows_command(definitions, model, (), ()) for model in models.values()]
    parts.append(f"<p>Commands: {'; '.join(code(command) for command in commands)}</p>")
    page.add(metric.label, *parts, anchor=metric.name)


def _columns(report: Report, metric: Metric) -> list[tuple[str, str]]:
    """Return the columns of gold that a metric is made of, each with its table."""
    definitions = report.definitions
    named = (
        (definitions.model_of[name].table, word)
        for name in definitions.measures_of(metric.name)
        for word in re.findall(r"\w+", definitions.model_of[name].measures[name].expr)
    )
    return [(table, column) for table, column in dict.fromkeys(named) if column_description(table, column)]
