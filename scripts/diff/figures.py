"""Comparing the metrics of two warehouses, each by its own definitions."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from loaders.audit.warehouse import Warehouse
from loaders.metrics.answers import Metrics
from loaders.metrics.definitions import load_definitions

MONTH, CURRENCY = "metric_time__month", "currency__currency_code"
_NOTHING: Mapping[Any, Any] = {}


@dataclass(frozen=True)
class Figures:
    """The figures of a metric: in all and by month, each by currency if they are amounts in the currency of a row."""

    unit: str
    total: Mapping[str, Any]
    by_month: Mapping[tuple[str, str], Any]


@dataclass(frozen=True)
class MovedMetric:
    """A metric that differs in a currency.

    Attributes:
        name: the metric.
        unit: its unit, as in its definition.
        currency: the currency, if it is an amount in the currency of a row.
        before: the figure of all months before; none where there is no such metric, or nothing to add up.
        after: the same after.
        months: the months that differ.
    """

    name: str
    unit: str
    currency: str
    before: Any
    after: Any
    months: tuple[str, ...]


def figures_of(database: Path, project: Path) -> dict[str, Figures]:
    """Return the figures of all metrics.

    Args:
        database: the DuckDB file.
        project: the checkout with the definitions of the metrics.

    Raises:
        TieoutError: a definition is wrong, or a table is not there.
    """
    with _in_project(project), duckdb.connect(str(database), read_only=True) as connection:
        metrics = Metrics(Warehouse("dev", "dev", "duckdb", str(database), connection.cursor()), load_definitions())
        return {name: _figures(metrics, name) for name in sorted(metrics.definitions.metrics)}


def compare_metrics(before: Mapping[str, Figures], after: Mapping[str, Figures]) -> Iterator[MovedMetric]:
    """Yield the metrics that differ, by name and currency."""
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        old_total, new_total = (of.total if of else _NOTHING for of in (old, new))
        old_months, new_months = (of.by_month if of else _NOTHING for of in (old, new))
        unit = (new or old).unit  # type: ignore[union-attr]  # one of them has it
        for currency in sorted({*old_total, *new_total}):
            months = {
                month
                for month, of in {*old_months, *new_months}
                if of == currency and old_months.get((month, of)) != new_months.get((month, of))
            }
            figures = old_total.get(currency), new_total.get(currency)
            if months or figures[0] != figures[1] or not (old and new):
                yield MovedMetric(name, unit, currency, *figures, tuple(sorted(months)))


def _figures(metrics: Metrics, name: str) -> Figures:
    metric = metrics.definitions.metric(name)
    models = [metrics.definitions.model_of[measure] for measure in metrics.definitions.measures_of(name)]
    has_currency = metric.unit == "amount" and all("currency" in model.entities for model in models)
    by = (CURRENCY,) if has_currency else ()
    total = {_text(row.keys): row.values[name] for row in metrics.ask([name], by).rows}
    by_month = {
        (str(row.keys[0])[:7], _text(row.keys[1:])): row.values[name] for row in metrics.ask([name], (MONTH, *by)).rows
    }
    return Figures(metric.unit, total, by_month)


def _text(keys: tuple[Any, ...]) -> str:
    return str(keys[0]) if keys else ""


@contextmanager
def _in_project(project: Path) -> Iterator[None]:
    """Let the definitions be read from another checkout."""
    before = os.environ.get("TIEOUT_PROJECT")
    os.environ["TIEOUT_PROJECT"] = str(project)
    try:
        yield
    finally:
        if before is None:
            del os.environ["TIEOUT_PROJECT"]
        else:
            os.environ["TIEOUT_PROJECT"] = before
