"""Asking a warehouse for metrics."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cached_property
from typing import Any

from loaders.audit.warehouse import Row, Warehouse
from loaders.metrics.definitions import Definitions, Metric
from loaders.metrics.questions import FILES, ROWS, question

_EXACT = Context(prec=60)


@dataclass(frozen=True)
class Behind:
    """What is behind a figure: the table, the number of its rows, and of delivered files if the table knows them."""

    table: str
    rows: int
    files: int | None


@dataclass
class AnswerRow:
    """The figures of one group.

    Attributes:
        keys: what the group is about, in the order of `by`.
        values: the figures by metric; none where there is nothing to add up, or nothing to divide by.
        behind: the rows and files behind them, by table.
    """

    keys: tuple[Any, ...]
    values: dict[str, Any] = field(default_factory=dict)
    behind: dict[str, Behind] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """The figures of metrics, by what they are grouped by."""

    metrics: tuple[Metric, ...]
    by: tuple[str, ...]
    rows: list[AnswerRow]

    @cached_property
    def by_key(self) -> Mapping[tuple[Any, ...], AnswerRow]:
        """The rows by their keys."""
        return {row.keys: row for row in self.rows}


class Metrics:
    """The metrics of a warehouse. An equal question is asked only once."""

    def __init__(self, warehouse: Warehouse, definitions: Definitions) -> None:
        """Take a warehouse that is open for reading, and the definitions."""
        self.warehouse = warehouse
        self.definitions = definitions
        self._asked: dict[str, list[Row]] = {}

    def ask(self, metrics: Sequence[str], by: Sequence[str] = ()) -> Answer:
        """Return the figures of metrics, in the order of the keys.

        Args:
            metrics: their names.
            by: what they are grouped by, in MetricFlow's names.

        Raises:
            TieoutError: there is no such metric, it cannot be grouped by that, or the warehouse cannot be read.
        """
        measures: dict[str, list[str]] = {}
        for name in dict.fromkeys(measure for metric in metrics for measure in self.definitions.measures_of(metric)):
            measures.setdefault(self.definitions.model_of[name].name, []).append(name)
        rows: dict[tuple[Any, ...], AnswerRow] = {}
        for model_name, names in measures.items():
            model = self.definitions.models[model_name]
            for found in self._rows(question(self.definitions, model, names, by)):
                keys = tuple(found[f"key_{index}"] for index in range(len(by)))
                row = rows.setdefault(keys, AnswerRow(keys))
                row.values.update((name, _number(found[name])) for name in names)
                row.behind[model.table] = Behind(model.table, found[ROWS], found[FILES])
        names = [name for of_model in measures.values() for name in of_model]
        for row in rows.values():
            for name in names:
                if row.values.get(name) is None:
                    row.values[name] = 0 if self.definitions.metric(name).fills else None
            for metric in metrics:
                self._value(row.values, metric)
        ordered = sorted(rows.values(), key=lambda row: tuple((key is None, key) for key in row.keys))
        return Answer(tuple(self.definitions.metric(name) for name in metrics), tuple(by), ordered)

    def _rows(self, sql: str) -> list[Row]:
        if sql not in self._asked:
            self._asked[sql] = self.warehouse.rows(sql)
        return self._asked[sql]

    def _value(self, values: dict[str, Any], name: str) -> Any:
        metric = self.definitions.metric(name)
        if metric.inputs and name not in values:
            given = {of: self._value(values, of) for of in metric.inputs}
            values[name] = quotient(*given.values()) if metric.is_ratio else _total(metric.expr, given)
        return values.get(name)


def quotient(numerator: Any, denominator: Any, decimals: int | None = None) -> Decimal | None:
    """Divide exactly, and round half away from zero as the macro `divide`; none where that macro gives null."""
    if numerator is None or not denominator:
        return None
    exact = _EXACT.divide(Decimal(numerator), Decimal(denominator))
    return exact if decimals is None else exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, _EXACT)


def _total(expr: str, given: Mapping[str, Any]) -> Any:
    """Add and subtract, as `credit_amount - debit_amount` says."""
    total: Any = 0
    for sign, name in re.findall(r"([+-]?) ?(\w+)", expr):
        if given[name] is None:
            return None
        total = total - given[name] if sign == "-" else total + given[name]
    return total


def _number(value: Any) -> Any:
    """Return a count as an integer on both engines."""
    return int(value) if isinstance(value, Decimal) and value.as_tuple().exponent == 0 else value
