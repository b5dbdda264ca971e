"""Comparing metrics, as the warehouse holds them now, with the tables and totals that state the same figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from loaders.audit.warehouse import Row
from loaders.metrics.answers import Metrics, quotient
from loaders.metrics.definitions import SemanticModel, Tie, schema_of
from loaders.metrics.questions import question

AUDIT_TOTALS = "layer_reconciliation"
"""The table of the audit that has totals of tables."""

_NAMED_ROWS = 1_000
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
        different: by column, the number of figures that differ.
        differences: the first figures that differ.
    """

    model: str
    table: str
    columns: tuple[tuple[str, str], ...]
    rows: int
    different_rows: int
    different: tuple[int, ...]
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
    figures = _figures(metrics, model.name, tie.columns, tie)
    keys = ", ".join(f"key_{index}" for index in range(len(tie.by)))
    stated = ", ".join(
        f"coalesce({tie.aggregate}({column}), 0) as stated_{index}" for index, column in enumerate(tie.columns.values())
    )
    named = ", ".join(f"{column} as key_{index}" for index, column in enumerate(tie.by))
    where = f"where {tie.where}" if tie.where else ""
    shown = [f"coalesce(figures.key_{index}, stated.key_{index}) as key_{index}" for index in range(len(tie.by))]
    for index, name in enumerate(tie.columns):
        shown += [
            f"coalesce(figures.{name}, 0) as figure_{index}",
            f"coalesce(stated.stated_{index}, 0) as stated_{index}",
        ]
    joined = (
        f"(select {', '.join(shown)} from ({figures}) as figures "  # noqa: S608
        f"{'left' if tie.only else 'full outer'} join "
        f"(select {named}, {stated} from {schema_of(tie.table)}.{tie.table} {where} "
        f"group by {', '.join(tie.by)}) as stated on {_same_keys('figures', tie)}) as both_sides"
    )
    differs = " or ".join(f"figure_{index} <> stated_{index}" for index in range(len(tie.columns)))
    counts = [f"coalesce(sum(case when {differs} then 1 else 0 end), 0) as different"] + [
        f"coalesce(sum(case when figure_{index} <> stated_{index} then 1 else 0 end), 0) as different_{index}"
        for index in range(len(tie.columns))
    ]
    counted = metrics.warehouse.row(f"select count(*) as row_count, {', '.join(counts)} from {joined}")  # noqa: S608
    found: list[Row] = []
    if counted["different"]:
        wrong = f"select * from {joined} where {differs} order by {keys} limit {_NAMED_ROWS}"  # noqa: S608
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
    different = tuple(int(counted[f"different_{index}"]) for index in range(len(columns)))
    return Compared(
        model.name, tie.table, columns, counted["row_count"], int(counted["different"]), different, differences
    )


def _compare_ratios(metrics: Metrics, name: str, tie: Tie) -> Compared:
    column = tie.columns[name]
    numerator, denominator = metrics.definitions.metric(name).inputs
    table = f"{schema_of(tie.table)}.{tie.table}"
    where = f"where {tie.where}" if tie.where else ""
    count = metrics.warehouse.row(f"select count(*) as row_count from {table} {where}")["row_count"]  # noqa: S608
    named = ", ".join(f"{of} as key_{index}" for index, of in enumerate(tie.by))
    of_model: dict[str, list[str]] = {}
    for of in (numerator, denominator):
        (model,) = {metrics.definitions.model_of[measure].name for measure in metrics.definitions.measures_of(of)}
        of_model.setdefault(model, []).append(of)
    joins = "".join(
        f" left join ({_figures(metrics, model, names, tie)}) as {model} on {_same_keys(model, tie)}"
        for model, names in of_model.items()
    )
    keys = ", ".join(f"stated.key_{index}" for index in range(len(tie.by)))
    # What is 0 where there is nothing to add up may be on one side of the joins only.
    inputs = [
        f"coalesce({of}, 0) as {of}" if metrics.definitions.metric(of).fills else of for of in (numerator, denominator)
    ]
    rows = metrics.warehouse.rows(
        f"select * from (select {keys}, stated.ratio, {', '.join(inputs)} "  # noqa: S608
        f"from (select {named}, {column} as ratio from {table} {where}) as stated{joins}) as both_sides "
        f"where not {_is_surely(numerator, denominator, tie.decimals)} "
        f"order by {', '.join(f'key_{index}' for index in range(len(tie.by)))}"
    )
    differences = []
    for row in rows:
        figure = quotient(row[numerator], row[denominator], tie.decimals)
        if figure != row["ratio"]:
            at = tuple((of, row[f"key_{index}"]) for index, of in enumerate(tie.by))
            differences.append(Difference(name, tie.table, column, at, figure, row["ratio"]))
    wrong = len(differences)
    return Compared(name, tie.table, ((name, column),), count, wrong, (wrong,), tuple(differences[:_NAMED_ROWS]))


def _figures(metrics: Metrics, model: str, names: Iterable[str], tie: Tie) -> str:
    """Return a query for metrics that are made of the measures of one semantic model: `key_0`, ..., and each metric."""
    definitions = metrics.definitions
    measures = dict.fromkeys(measure for name in names for measure in definitions.measures_of(name))
    asked = question(definitions, definitions.models[model], measures, list(tie.by.values()))
    keys = ", ".join(f"key_{index}" for index in range(len(tie.by)))
    figures = ", ".join(f"{definitions.metric(name).expr or name} as {name}" for name in names)
    return f"select {keys}, {figures} from ({asked}) as asked"  # noqa: S608


def _same_keys(relation: str, tie: Tie) -> str:
    """Return the condition by which the keys of a relation are those of `stated`."""
    return " and ".join(f"{relation}.key_{index} = stated.key_{index}" for index in range(len(tie.by)))


def _is_surely(numerator: str, denominator: str, decimals: int | None) -> str:
    """Return a condition that is true only where `ratio` is the rounded quotient.

    Floating point decides nearly all rows in the warehouse. It leaves those that are close to where rounding changes,
    and those that differ, to exact arithmetic.
    """
    near = 0 if decimals is None else 0.49 * 10**-decimals
    above, below, stated = (f"cast({of} as double precision)" for of in (numerator, denominator, "ratio"))
    return (
        f"(case when {numerator} is null or coalesce({denominator}, 0) = 0 then ratio is null "
        f"when ratio is null then false "
        f"else abs({above} - {stated} * {below}) < abs({below}) * ({near:.12f} - 0.000000000001 * abs({stated})) end)"
    )


def _compare_totals(metrics: Metrics, model: SemanticModel, stated: dict[tuple[str, str], Any]) -> Compared:
    answer = metrics.ask([total.metric for total in model.audit])
    values = answer.rows[0].values
    pairs = [(values[of.metric] or 0, stated.get((of.to_layer, of.measure), 0)) for of in model.audit]
    differences = tuple(
        Difference(total.metric, total.to_layer, total.measure, (), figure, expected)
        for total, (figure, expected) in zip(model.audit, pairs, strict=True)
        if figure != expected
    )
    different = tuple(int(figure != expected) for figure, expected in pairs)
    columns = tuple((total.metric, f"{total.to_layer}: {total.measure}") for total in model.audit)
    return Compared(model.name, AUDIT_TOTALS, columns, len(columns), len(differences), different, differences)
