"""Reading the semantic models and metrics of `models/metrics/`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from loaders.contract import project_root, read_yaml
from loaders.errors import TieoutError

FOLDER = Path("models") / "metrics"
TIME = "metric_time"

_REF = re.compile(r"ref\('(?P<table>\w+)'\)")
_AGGREGATES = frozenset({"sum", "count_distinct"})
# A derived metric adds and subtracts. Quotients are ratios, because the engines divide integers differently.
_DERIVED = re.compile(r"\w+( [+-] \w+)*")


@dataclass(frozen=True)
class Tie:
    """A table that holds the same figures as metrics.

    Attributes:
        table: the table.
        by: its columns that say what a row is about, and what the metrics are grouped by for them.
        columns: the metrics, and its columns with their figures.
        aggregate: how its rows with the same `by` are put together.
        only: whether it also has rows without any figure of these metrics.
        where: which of its rows hold the same figures.
        decimals: to how many decimals a ratio is rounded in the table; none for sums.
    """

    table: str
    by: Mapping[str, str]
    columns: Mapping[str, str]
    aggregate: str = "sum"
    only: bool = False
    where: str = ""
    decimals: int | None = None


@dataclass(frozen=True)
class AuditTotal:
    """A total of the audit, of `layer_reconciliation`, that a metric over all rows is equal to."""

    to_layer: str
    measure: str
    metric: str


@dataclass(frozen=True)
class Measure:
    """What is added up or counted: `agg` is `sum` or `count_distinct`, `expr` an expression over a row of the table."""

    name: str
    agg: str
    expr: str


@dataclass(frozen=True)
class SemanticModel:
    """A table of gold or of the audit, as metrics see it.

    Attributes:
        name: its name.
        table: the table.
        time: the name of the dimension by whose days its metrics are grouped; none for a dimension's table.
        primary: the entity of which each row is one.
        entities: the expressions of its entities, by name.
        dimensions: the expressions of its dimensions, by name.
        measures: its measures, by name.
        ties: the tables that hold the same figures.
        audit: the totals of the audit.
        source_file: the column with the delivered file of a row, if there is one.
    """

    name: str
    table: str
    time: str | None
    primary: str
    entities: Mapping[str, str]
    dimensions: Mapping[str, str]
    measures: Mapping[str, Measure]
    ties: tuple[Tie, ...]
    audit: tuple[AuditTotal, ...]
    source_file: str | None

    @cached_property
    def schema(self) -> str:
        """The layer of its table, as it stands in queries."""
        return schema_of(self.table)


@dataclass(frozen=True)
class Metric:
    """A metric.

    Attributes:
        name: its name.
        label: what it is called in the report.
        description: its definition.
        unit: `count`, `amount` (in the currency of the row), `reporting` (in the reporting currency), `share` or
            `ratio`.
        inputs: the metrics that it is made of; none for a measure.
        expr: how they are added and subtracted; for a ratio, the first divided by the second.
        ties: the tables that hold the same ratio.
        fills: whether it is 0 where there is nothing to add up, but other metrics of the question have figures.
    """

    name: str
    label: str
    description: str
    unit: str
    inputs: tuple[str, ...] = ()
    expr: str = ""
    ties: tuple[Tie, ...] = ()
    fills: bool = False

    @property
    def is_ratio(self) -> bool:
        """True for a quotient of two metrics."""
        return bool(self.inputs) and not self.expr


@dataclass(frozen=True)
class Definitions:
    """All semantic models and metrics, by name."""

    models: Mapping[str, SemanticModel]
    metrics: Mapping[str, Metric]
    model_of: Mapping[str, SemanticModel] = field(repr=False)

    def measures_of(self, name: str) -> Iterator[str]:
        """Yield the measures that a metric is made of, in the order of its definition."""
        metric = self.metric(name)
        if not metric.inputs:
            yield name
        for of in metric.inputs:
            yield from self.measures_of(of)

    def metric(self, name: str) -> Metric:
        """Return a metric.

        Raises:
            TieoutError: there is none of that name.
        """
        try:
            return self.metrics[name]
        except KeyError:
            raise TieoutError(f"There is no metric {name} in {FOLDER}.") from None

    def with_primary(self, entity: str) -> SemanticModel:
        """Return the semantic model with one row per instance of an entity, whose dimensions others are grouped by."""
        for model in self.models.values():
            if model.primary == entity and not model.time:
                return model
        for model in self.models.values():
            if model.primary == entity:
                return model
        raise TieoutError(f"No semantic model in {FOLDER} has the primary entity {entity}.")


def schema_of(table: str) -> str:
    """Return the schema of a table, as it stands in queries: `{audit}` or `{gold}`."""
    return "{audit}" if (project_root() / "models" / "audit" / f"{table}.sql").exists() else "{gold}"


def load_definitions() -> Definitions:
    """Read the semantic models and metrics.

    Raises:
        TieoutError: a file cannot be read, or uses what Tieout does not support.
    """
    models: dict[str, SemanticModel] = {}
    metrics: dict[str, Metric] = {}
    for path in sorted((project_root() / FOLDER).glob("*.yml")):
        try:
            content = read_yaml(path)
            for given in content.get("semantic_models") or ():
                models[given["name"]] = _model(given)
                metrics.update((measure["name"], _of_measure(measure)) for measure in given.get("measures") or ())
            for given in content.get("metrics") or ():
                metrics[given["name"]] = _metric(given)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise TieoutError(f"The metrics cannot be read from {path}: {error!r}. Correct the file.") from None
    model_of = {name: model for model in models.values() for name in model.measures}
    return Definitions(models, metrics, model_of)


def _meta(given: Mapping[str, Any]) -> Mapping[str, Any]:
    meta: Mapping[str, Any] = (given.get("config") or {}).get("meta") or {}
    return meta


def _model(given: Mapping[str, Any]) -> SemanticModel:
    ref, meta = _REF.fullmatch(given["model"]), _meta(given)
    if not ref:
        raise ValueError(f"model: {given['model']} of {given['name']} is no ref('TABLE')")
    entities = given.get("entities") or ()
    (primary,) = (entity["name"] for entity in entities if entity["type"] == "primary")
    time = (given.get("defaults") or {}).get("agg_time_dimension")
    return SemanticModel(
        name=given["name"],
        table=ref["table"],
        time=time,
        primary=primary,
        entities={entity["name"]: entity.get("expr", entity["name"]) for entity in entities},
        dimensions={of["name"]: of.get("expr", of["name"]) for of in given.get("dimensions") or ()},
        measures={of["name"]: _measure(of) for of in given.get("measures") or ()},
        ties=tuple(Tie(**tie) for tie in meta.get("ties") or ()),
        audit=tuple(AuditTotal(**total) for total in meta.get("audit") or ()),
        source_file=meta.get("source_file"),
    )


def _measure(given: Mapping[str, Any]) -> Measure:
    if given["agg"] not in _AGGREGATES:
        raise ValueError(f"agg: {given['agg']} of {given['name']} is none of {', '.join(sorted(_AGGREGATES))}")
    return Measure(given["name"], given["agg"], str(given.get("expr", given["name"])))


def _of_measure(given: Mapping[str, Any]) -> Metric:
    unit = _meta(given).get("unit", "count")
    return Metric(given["name"], given["label"], given["description"].strip(), unit)


def _metric(given: Mapping[str, Any]) -> Metric:
    name, params, meta = given["name"], given["type_params"], _meta(given)
    inputs: tuple[str, ...] = ()
    expr, fills = "", False
    if given["type"] == "simple" and params["measure"] == {"name": name, "fill_nulls_with": 0}:
        fills = True
    elif given["type"] == "ratio":
        inputs = (params["numerator"], params["denominator"])
    elif given["type"] == "derived":
        inputs, expr = tuple(of["name"] for of in params["metrics"]), params["expr"]
        if not _DERIVED.fullmatch(expr) or set(re.findall(r"\w+", expr)) != set(inputs):
            raise ValueError(f"expr: {expr} of {name} is more than a sum or a difference of its metrics")
    else:
        raise ValueError(f"type: {given['type']} of {name} is neither ratio nor derived, nor a measure filled with 0")
    ties = tuple(
        Tie(columns={name: tie["column"]}, **{key: value for key, value in tie.items() if key != "column"})
        for tie in meta.get("ties") or ()
    )
    unit = meta.get("unit", "count")
    return Metric(name, given["label"], given["description"].strip(), unit, inputs, expr, ties, fills)
