"""A page of the report, and the explanations of its figures."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from loaders.metrics.answers import AnswerRow
from loaders.metrics.definitions import Definitions, Metric, SemanticModel
from loaders.metrics.questions import FISCAL
from loaders.report.markup import code, link, section, shown, table, text
from loaders.wording import counted

DEFINITIONS = "metrics.html"


@dataclass(frozen=True)
class Stated:
    """The table of gold whose rows hold the figures of a table of the report.

    Attributes:
        table: the table.
        columns: its columns with the figures, by metric.
        keys: its columns that name a row, and the index of the key of the answer that they are equal to.
    """

    table: str
    columns: Mapping[str, str]
    keys: Mapping[str, int]

    def command(self, metric: str, keys: Sequence[Any]) -> str:
        """Return the command that lists the rows behind a figure."""
        where = " ".join(f"{column}={_word(keys[index])}" for column, index in self.keys.items())
        return f"tieout explain --cell {self.table} {where} {self.columns[metric]}".replace("  ", " ")


@dataclass
class Page:
    """A page.

    Attributes:
        name: the name of its file, without `.html`.
        title: its title.
        question: the question that it answers.
        tables: the tables that it shows.
        parts: its sections, as HTML.
        explained: the explanations of its figures, as HTML.
    """

    name: str
    title: str
    question: str
    tables: tuple[str, ...]
    parts: list[str] = field(default_factory=list)
    explained: list[str] = field(default_factory=list)

    def add(self, title: str, *parts: str, note: str = "", anchor: str = "") -> None:
        """Add a section; the parts are HTML."""
        self.parts.append(section(title, *parts, note=note, anchor=anchor))

    def explain(self, title: str, *parts: str) -> str:
        """Add an explanation, and return the link to it."""
        anchor = f"{self.name}-{len(self.explained) + 1}"
        self.explained.append(
            f'<section class="explained" id="{anchor}">\n<h2>{text(title)}</h2>\n{"".join(parts)}</section>\n'
        )
        return f"{self.explanations}#{anchor}"

    @property
    def explanations(self) -> str:
        """The file with the explanations of its figures."""
        return f"explained-{self.name}.html"


def explained_row(
    definitions: Definitions,
    metrics: Sequence[Metric],
    by: Sequence[str],
    row: AnswerRow,
    *,
    currency: str,
    stated: Stated | None,
    checks: Callable[[str, str], str],
) -> list[str]:
    """Return the explanation of the figures of a row, as HTML.

    Args:
        definitions: all metrics.
        metrics: those of the row.
        by: what they are grouped by.
        row: the row.
        currency: the code of the currency of its amounts.
        stated: the table of gold that holds the figures.
        checks: what the comparison of a metric with a table has shown, as HTML.
    """
    lines = []
    for metric in metrics:
        models = {
            definitions.model_of[of].name: definitions.model_of[of] for of in definitions.measures_of(metric.name)
        }
        if stated and metric.name in stated.columns:
            commands = [stated.command(metric.name, row.keys)]
        else:
            commands = [rows_command(definitions, model, by, row.keys) for model in models.values()]
        lines.append(
            (
                link(f"{DEFINITIONS}#{metric.name}", text(metric.label)),
                text(shown(row.values[metric.name], metric.unit, currency)),
                code(made_of(definitions, metric)),
                checks(metric.name, stated.table if stated and metric.name in stated.columns else ""),
                "<br>".join(code(command) for command in commands),
            )
        )
    heads = ("Metric", "Figure", "Made of", "Check", "Lists the rows behind it")
    return [f"<p>Behind these figures: {behind(row)}.</p>", table(heads, lines, numbers=(1,))]


def behind(row: AnswerRow) -> str:
    """Return how many rows and files are behind the figures of a row, as HTML."""
    return "; ".join(
        f"{counted(of.rows, 'row')} of {code(of.table)}"
        + ("" if of.files is None else f" from {counted(of.files, 'delivered file')}")
        for of in row.behind.values()
    )


def made_of(definitions: Definitions, metric: Metric) -> str:
    """Return how a metric is made: its tables, columns and expressions."""
    if metric.is_ratio:
        return " / ".join(metric.inputs)
    if metric.inputs:
        return metric.expr
    model = definitions.model_of[metric.name]
    measure = model.measures[metric.name]
    how = "count(distinct {})" if measure.agg == "count_distinct" else "sum({})"
    return f"{how.format(measure.expr)} of {model.table}"


def rows_command(definitions: Definitions, model: SemanticModel, by: Sequence[str], keys: Sequence[Any]) -> str:
    """Return the command that lists the rows of a table behind a figure, where `tieout explain` knows no cell."""
    conditions = []
    for name, key in zip(by, keys, strict=True):
        entity, _, dimension = name.partition("__")
        if entity == "metric_time":
            day = model.dimensions[str(model.time)]
            if dimension in FISCAL:
                conditions.append(
                    f"cast({day} as date) in (select date from {{{{ ref('dim_date') }}}} "  # noqa: S608
                    f"where {FISCAL[dimension]} {_equals(key)})"
                )
                continue
            column = f"cast({day} as date)" if dimension == "day" else f"date_trunc('{dimension}', {day})"
        elif entity == model.primary:
            column = model.dimensions[dimension]
        else:
            column = model.entities[entity]
            if dimension:
                other = definitions.with_primary(entity)
                conditions.append(
                    f"{column} in (select {other.entities[entity]} from {{{{ ref('{other.table}') }}}} "  # noqa: S608
                    f"where {other.dimensions[dimension]} {_equals(key)})"
                )
                continue
        conditions.append(f"{column} {_equals(key)}")
    where = f" where {' and '.join(conditions)}" if conditions else ""
    query = f"select * from {{{{ ref('{model.table}') }}}}{where}"  # noqa: S608
    return f'dbt show --limit -1 --inline "{query}"'


def _equals(key: Any) -> str:
    if key is None:
        return "is null"
    if isinstance(key, int):
        return f"= {key}"
    return "= '" + str(key).replace("'", "''") + "'"


def _word(key: Any) -> str:
    """Return a value as a word of a command."""
    word = str(key)
    return word if re.fullmatch(r"[\w.:-]+", word) else "'" + word.replace("'", "'\\''") + "'"
