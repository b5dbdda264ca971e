"""What all pages of the report need: the metrics, the run, the verdict, and the checks of each figure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from loaders.audit.descriptions import column_description
from loaders.audit.verdict import Verdict
from loaders.audit.warehouse import Row, Warehouse
from loaders.metrics.answers import Answer, AnswerRow, Metrics
from loaders.metrics.definitions import Definitions, schema_of
from loaders.metrics.ties import AUDIT_TOTALS, Compared
from loaders.report.markup import code, key, link, nothing, shown, table, text
from loaders.report.page import Page, Stated, explained_row
from loaders.report.run import Run
from loaders.wording import counted

LAST_DAYS = 31
"""Days that tables and charts show."""


@dataclass(frozen=True)
class Column:
    """A column of a list: its name in the table, what it is called, its unit, and whether it is a figure."""

    name: str
    label: str
    unit: str = "text"

    @property
    def is_figure(self) -> bool:
        """True for what is a figure, and so has an explanation."""
        return self.unit != "text"


@dataclass
class Report:
    """The report of a warehouse.

    Attributes:
        warehouse: the warehouse.
        metrics: the metrics.
        run: the run that it shows.
        verdict: the verdict on this run.
        compared: the metrics that were compared with tables.
        currency: the reporting currency.
        known_until: by entity, the last day of which files have told.
        pages: the pages.
    """

    warehouse: Warehouse
    metrics: Metrics
    run: Run
    verdict: Verdict
    compared: Sequence[Compared]
    currency: str
    known_until: Mapping[str, date]
    pages: list[Page] = field(default_factory=list)

    @property
    def definitions(self) -> Definitions:
        """All metrics."""
        return self.metrics.definitions

    def until(self, *entities: str) -> date | None:
        """Return the last day of which files of one of the entities have told; None if none has arrived."""
        return max((self.known_until[entity] for entity in entities if entity in self.known_until), default=None)

    def checks_of(self, metric: str, stated: str = "") -> str:
        """Return what the comparisons of a metric have shown, as HTML.

        Args:
            metric: its name.
            stated: the only table, beside the audit, that is named (default: all).
        """
        made_from = {metric, *self.definitions.metric(metric).inputs}
        sentences = []
        for compared in self.compared:
            counts = zip(compared.columns, compared.different, strict=True)
            made = [(column, count) for (name, column), count in counts if name in made_from]
            columns = [column for column, _ in made]
            if not columns or (stated not in {"", compared.table} and compared.table != AUDIT_TOTALS):
                continue
            wrong = any(count for _, count in made)
            if compared.table == AUDIT_TOTALS:
                what, equal = f"audit of {'; '.join(columns)}", "the same total"
            else:
                what, equal = f"{compared.table}: {', '.join(columns)}", f"equal in {counted(compared.rows, 'row')}"
            sentences.append(f"{code(what)} {'<span class=wrong>differs</span>' if wrong else equal}")
        return "; ".join(sentences) or "the rules of its table, and tieout check"

    def figures(
        self,
        page: Page,
        answer: Answer,
        heads: Mapping[int, str],
        *,
        what: str,
        rows: Iterable[AnswerRow] | None = None,
        stated: Stated | None = None,
        currency_at: int | None = None,
        total: AnswerRow | None = None,
        named: Callable[[Any], str] = shown,
    ) -> str:
        """Return a table of figures, each with a link to its explanation.

        Args:
            page: the page, which gets the explanations.
            answer: the figures.
            heads: the keys that are shown, and what they are called.
            what: what the table shows, for the titles of the explanations.
            rows: the rows that are shown (default: all).
            stated: the table of gold that holds the figures.
            currency_at: the key that is the currency of amounts; none if all are in the reporting currency.
            total: a row for all, which is shown last.
            named: how keys are shown.
        """
        chosen = list(answer.rows if rows is None else rows)
        if not chosen:
            return nothing(f"{what}: there is no data.")
        labels = [*heads.values(), *(self.head(metric.name) for metric in answer.metrics)]
        lines, kinds = [], []
        for row in [*chosen, *([total] if total else [])]:
            is_total = row is total
            currency = self.currency if currency_at is None or is_total else str(row.keys[currency_at])
            keys = ["All", *[""] * (len(heads) - 1)] if is_total else [named(row.keys[index]) for index in heads]
            target = page.explain(
                f"{what}: {', '.join(filter(None, keys))}",
                *explained_row(
                    self.definitions,
                    answer.metrics,
                    () if is_total else answer.by,
                    row,
                    currency=currency,
                    stated=None if is_total else stated,
                    checks=self.checks_of,
                ),
            )
            cells = [key(of) for of in keys]
            for metric in answer.metrics:
                wrong = not is_total and self.is_wrong(metric.name, row, stated)
                figure = text(shown(row.values[metric.name], metric.unit))
                cells.append(link(target, figure, "figure wrong" if wrong else "figure"))
            lines.append(cells)
            kinds.append("")
        numbers = range(len(heads), len(labels))
        return table(labels, lines, numbers=numbers, kinds=kinds, foot=total is not None)

    def is_wrong(self, metric: str, row: AnswerRow, stated: Stated | None) -> bool:
        """True if a table of gold states another figure."""
        if not stated:
            return False
        names = {metric, *self.definitions.metric(metric).inputs}
        keys = {(column, str(row.keys[index])) for column, index in stated.keys.items()}
        return any(
            of.metric in names
            and of.table == stated.table
            and keys <= {(column, str(value)) for column, value in of.keys}
            for compared in self.compared
            for of in compared.differences
        )

    def head(self, metric: str) -> str:
        """Return what a metric is called in the head of a column, with its currency."""
        found = self.definitions.metric(metric)
        label = found.label.removesuffix(" in reporting currency")
        return f"{label} ({self.currency})" if found.unit == "reporting" else label

    def headline(self, page: Page, answer: Answer, row: AnswerRow, what: str, stated: Stated | None = None) -> str:
        """Return the figures of one row as headlines, each with a link to its explanation."""
        target = page.explain(
            what,
            *explained_row(
                self.definitions,
                answer.metrics,
                answer.by,
                row,
                currency=self.currency,
                stated=stated,
                checks=self.checks_of,
            ),
        )
        lines = []
        for metric in answer.metrics:
            currency = self.currency if metric.unit == "reporting" else ""
            kind = "figure wrong" if self.is_wrong(metric.name, row, stated) else "figure"
            figure = link(target, text(shown(row.values[metric.name], metric.unit, currency)), kind)
            label = text(metric.label.removesuffix(" in reporting currency"))
            lines.append(f"<div><dt>{label}</dt><dd>{figure}</dd></div>")
        return f'<dl class="headlines">{"".join(lines)}</dl>\n'

    def listing(
        self,
        page: Page,
        name: str,
        columns: Sequence[Column],
        *,
        what: str,
        keys: Sequence[str],
        where: str,
        order: str,
        limit: int = 20,
        empty: str,
    ) -> str:
        """Return a table with rows of a table of gold or of the audit.

        Args:
            page: the page, which gets the explanations.
            name: the table.
            columns: the columns that are shown.
            what: what the list shows.
            keys: the columns that name a row, for the command that explains a figure.
            where: the condition on the rows.
            order: the order of the rows, which must be complete, so that the same rows are shown each time.
            limit: how many are shown. The list says how many there are.
            empty: what is said if there are none.
        """
        source = f"{schema_of(name)}.{name}"
        wanted = list(dict.fromkeys([*keys, *(column.name for column in columns)]))
        rows = self.warehouse.rows(
            f"select {', '.join(wanted)}, count(*) over () as listed_count from {source} where {where} "  # noqa: S608
            f"order by {order} limit {limit}"
        )
        if not rows:
            return nothing(empty)

        def cell(row: Row, column: Column) -> str:
            if not column.is_figure:
                return key(row[column.name])
            figure = text(shown(row[column.name], column.unit))
            stated = Stated(name, {column.name: column.name}, {of: index for index, of in enumerate(keys)})
            values = [row[of] for of in keys]
            described = text(column_description(name, column.name))
            target = page.explain(
                f"{what}: {column.label}, {', '.join(map(shown, values))}",
                f"<p>{code(f'{name}.{column.name}')}{described and f': {described}'}</p>",
                f"<p>Figure: {figure}. The rows of {code(name)} are checked by its rules and by "
                f"{code('tieout check')}. Rows and files behind it: {code(stated.command(column.name, values))}</p>",
            )
            return link(target, figure, "figure")

        heads = [f"{of.label} ({self.currency})" if of.unit == "reporting" else of.label for of in columns]
        numbers = [index for index, column in enumerate(columns) if column.is_figure]
        there = rows[0]["listed_count"]
        more = f'<p class="note">The first {limit:,} of {there:,}.</p>' if there > limit else ""
        return table(heads, [[cell(row, column) for column in columns] for row in rows], numbers=numbers) + more
