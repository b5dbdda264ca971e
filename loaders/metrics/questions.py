"""Metrics as SQL that means the same on DuckDB and Redshift."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from loaders.errors import TieoutError
from loaders.metrics.definitions import TIME, Definitions, SemanticModel

ROWS, FILES = "row_count", "file_count"
"""The columns of an answer with the number of rows and of delivered files behind each figure."""

FISCAL = {
    "fiscal_year": "fiscal_year",
    "fiscal_quarter": "fiscal_year_quarter",
    "fiscal_month": "fiscal_year_month",
}
"""The columns of `dim_date` with the fiscal periods."""

_TRUNCATED = frozenset({"week", "month", "quarter", "year"})


@dataclass
class _Query:
    """The parts of a query: the columns of the facts, the joins, and what is grouped by."""

    facts: list[str] = field(default_factory=list)
    joins: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)

    def join(self, name: str, fact_key: str, source: str, source_key: str, column: str) -> str:
        """Add a column of another table, and return it."""
        if name not in self.joins:
            self.facts.append(f"{fact_key} as of_{name}")
            self.joins[name] = (f"left join {source} as {name} on facts.of_{name} = {name}.{source_key}", [])
        self.joins[name][1].append(column)
        return f"{name}.{column}"


def question(definitions: Definitions, model: SemanticModel, measures: Iterable[str], by: Sequence[str]) -> str:
    """Return the query for measures of a semantic model, with the columns `key_0`, ..., the measures, rows and files.

    Args:
        definitions: all semantic models.
        model: the semantic model.
        measures: the names of its measures.
        by: what they are grouped by, in MetricFlow's names: `metric_time__month`, an entity, or `entity__dimension`.

    Raises:
        TieoutError: the measures cannot be grouped by that.
    """
    query = _Query()
    for index, name in enumerate(by):
        query.keys.append(f"{_key(definitions, model, query, name, index)} as key_{index}")
    aggregates: list[str] = []
    for name in measures:
        measure = model.measures[name]
        # Under a name of its own: Redshift would read the name of a column as an alias of the same list.
        column = f"measured_{len(aggregates)}"
        query.facts.append(f"{measure.expr} as {column}")
        distinct = "distinct " if measure.agg == "count_distinct" else ""
        aggregates.append(f"{'count' if distinct else 'sum'}({distinct}facts.{column}) as {name}")
    files = "cast(null as integer)"
    if model.source_file:
        query.facts.append(f"{model.source_file} as source_file_of_row")
        files = "count(distinct facts.source_file_of_row)"
    selected = [*query.keys, *aggregates, f"count(*) as {ROWS}", f"{files} as {FILES}"]
    grouped = f"group by {', '.join(str(index + 1) for index in range(len(by)))}" if by else ""
    # An inner query, so that no expression can mean a column of a joined table.
    return (
        f"select {', '.join(selected)} "  # noqa: S608
        f"from (select {', '.join(query.facts)} from {model.schema}.{model.table}) as facts "
        f"{' '.join(join for join, _ in query.joins.values())} {grouped}"
    )


def _key(definitions: Definitions, model: SemanticModel, query: _Query, name: str, index: int) -> str:
    entity, _, dimension = name.partition("__")
    if entity == TIME and model.time:
        return _time(model, query, dimension, index)
    if not dimension and entity in model.entities:
        query.facts.append(f"{model.entities[entity]} as fact_key_{index}")
        return f"facts.fact_key_{index}"
    if entity == model.primary and dimension in model.dimensions:
        query.facts.append(f"{model.dimensions[dimension]} as fact_key_{index}")
        return f"facts.fact_key_{index}"
    if entity in model.entities:
        other = definitions.with_primary(entity)
        if dimension in other.dimensions:
            source = (
                f"(select {other.entities[entity]} as joined_on, "  # noqa: S608
                f"{', '.join(f'{expr} as {of}' for of, expr in other.dimensions.items())} "
                f"from {other.schema}.{other.table})"
            )
            return query.join(entity, model.entities[entity], source, "joined_on", dimension)
    raise TieoutError(f"The metrics of {model.name} cannot be grouped by {name}.")


def _time(model: SemanticModel, query: _Query, grain: str, index: int) -> str:
    day = model.dimensions[str(model.time)]
    if grain in FISCAL:
        return query.join("dates", f"cast({day} as date)", "{gold}.dim_date", "date", FISCAL[grain])
    if grain != "day" and grain not in _TRUNCATED:
        raise TieoutError(f"The metrics of {model.name} cannot be grouped by {TIME}__{grain}.")
    truncated = day if grain == "day" else f"date_trunc('{grain}', {day})"
    query.facts.append(f"cast({truncated} as date) as fact_key_{index}")
    return f"facts.fact_key_{index}"
