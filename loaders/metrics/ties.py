"""Comparing metrics, as the warehouse holds them now, with the tables and totals that state the same figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from loaders.audit.warehouse import Row
from loaders.metrics.answers import Metrics, quotient
from loaders.metrics.definitions import SemanticModel, Tie, schema_of
from loaders.metrics.questions import question

AUDIT_TOTALS = "layer_reconciliation"
"""The table of the audit that has totals of tables."""

_SHOWN = 20
_TOTALS = "select to_layer, measure, amount_out from {audit}.layer_reconciliation where amount_out is not null"


@dataclass(frozen=True)
class Difference:
    """A figure that is stated otherwise elsewhere.

    Attributes:
        metric: the metric.
        table: the table that states it, or of which the audit states a total.
        column: the column, or the measure of the audit.
        keys: the columns of its row, with their values; empty for a total.
        figure: the metric.
        stated: what the table or the audit states.
    """

    metric: str
    table: str
    column: str
    keys: tuple[tuple[str, Any], ...]
    figure: Any
    stated: Any


@dataclass(frozen=True)
class Compared:
    """What was compared.

    Attributes:
        model: the semantic model, or the metric of a ratio.
        table: the table, or `layer_reconciliation`.
        columns: the metrics, and the columns that state them.
        rows: the number of rows that were compared.
        different_rows: of them, those that differ.
        differences: the first figures that differ.
    """

    model: str
    table: str
    columns: tuple[tuple[str, str], ...]
    rows: int
    different_rows: int
    differences: tuple[Difference, ...]


def compare(metrics: Metrics) -> Iterator[Compared]:
    """Compare all metrics with all tables and totals that state the same.

    Yields:
        One comparison per table and semantic model.

    Raises:
        TieoutError: the warehouse cannot be read.
    """
    for model in metrics.definitions.models.values():
        for tie in model.ties:
            yield _compare_sums(metrics, model, tie)
    for metric in metrics.definitions.metrics.values():
        for tie in metric.ties:
            yield _compare_ratios(metrics, metric.name, tie)
    stated = {(row["to_layer"], row["measure"]): row["amount_out"] for row in metrics.warehouse.rows(_TOTALS)}
    for model in metrics.definitions.models.values():
        if model.audit:
            yield _compare_totals(metrics, model, stated)


def _compare_sums(metrics: Metrics, model: SemanticModel, tie: Tie) -> Compared:
    definitions = metrics.definitions
    measures = dict.fromkeys(measure for metric in tie.columns for measure in definitions.measures_of(metric))
    asked = question(definitions, model, measures, list(tie.by.values()))
    figures = ", ".join(
        f"coalesce({definitions.metric(name).expr or name}, 0) as figure_{index}"
        for index, name in enumerate(tie.columns)
    )
    keys = ", ".join(f"key_{index}" for index in range(len(tie.by)))
    stated = ", ".join(
        f"coalesce({tie.aggregate}({column}), 0) as stated_{index}" for index, column in enumerate(tie.columns.values())
    )
    named = ", ".join(f"{column} as key_{index}" for index, column in enumerate(tie.by))
    where = f"where {tie.where}" if tie.where else ""
    same = " and ".join(f"figures.key_{index} = stated.key_{index}" for index in range(len(tie.by)))
    shown = [f"coalesce(figures.key_{index}, stated.key_{index}) as key_{index}" for index in range(len(tie.by))]
    shown += [
        f"coalesce({side}s.{side}_{index}, 0) as {side}_{index}"
        if side == "figure"
        else f"coalesce(stated.stated_{index}, 0) as stated_{index}"
        for index in range(len(tie.columns))
        for side in ("figure", "stated")
    ]
    joined = (
        f"(select {', '.join(shown)} from (select {keys}, {figures} from ({asked}) as asked) as figures "  # noqa: S608
        f"{'left' if tie.only else 'full outer'} join "
        f"(select {named}, {stated} from {schema_of(tie.table)}.{tie.table} {where} "
        f"group by {', '.join(tie.by)}) as stated on {same}) as both_sides"
    )
    differs = " or ".join(f"figure_{index} <> stated_{index}" for index in range(len(tie.columns)))
    different = f"coalesce(sum(case when {differs} then 1 else 0 end), 0) as different"
    counted = metrics.warehouse.row(f"select count(*) as row_count, {different} from {joined}")  # noqa: S608
    found: list[Row] = []
    if counted["different"]:
        wrong = f"select * from {joined} where {differs} order by {keys} limit {_SHOWN}"  # noqa: S608
        found = metrics.warehouse.rows(wrong)
    differences = tuple(
        Difference(
            name,
            tie.table,
            column,
            tuple((of, row[f"key_{key}"]) for key, of in enumerate(tie.by)),
            row[f"figure_{index}"],
            row[f"stated_{index}"],
        )
        for row in found
        for index, (name, column) in enumerate(tie.columns.items())
        if row[f"figure_{index}"] != row[f"stated_{index}"]
    )
    columns = tuple(tie.columns.items())
    return Compared(model.name, tie.table, columns, counted["row_count"], int(counted["different"]), differences)


def _compare_ratios(metrics: Metrics, name: str, tie: Tie) -> Compared:
    metric, column = metrics.definitions.metric(name), tie.columns[name]
    answer = metrics.ask([*metric.inputs, name], list(tie.by.values()))
    where = f"where {tie.where}" if tie.where else ""
    rows = metrics.warehouse.rows(
        f"select {', '.join(tie.by)}, {column} as stated from {schema_of(tie.table)}.{tie.table} {where}"  # noqa: S608
    )
    differences = []
    for row in rows:
        keys = tuple(row[key] for key in tie.by)
        asked = answer.by_key.get(keys)
        numerator, denominator = (asked.values.get(of) if asked else None for of in metric.inputs)
        figure = quotient(numerator, denominator, tie.decimals)
        if figure != row["stated"]:
            named = tuple(zip(tie.by, keys, strict=True))
            differences.append(Difference(name, tie.table, column, named, figure, row["stated"]))
    return Compared(name, tie.table, ((name, column),), len(rows), len(differences), tuple(differences[:_SHOWN]))


def _compare_totals(metrics: Metrics, model: SemanticModel, stated: dict[tuple[str, str], Any]) -> Compared:
    answer = metrics.ask([total.metric for total in model.audit])
    values = answer.rows[0].values
    differences = tuple(
        Difference(total.metric, total.to_layer, total.measure, (), figure, expected)
        for total in model.audit
        for figure, expected in [(values[total.metric] or 0, stated.get((total.to_layer, total.measure), 0))]
        if figure != expected
    )
    columns = tuple((total.metric, f"{total.to_layer}: {total.measure}") for total in model.audit)
    return Compared(model.name, AUDIT_TOTALS, columns, len(columns), len(differences), differences)
