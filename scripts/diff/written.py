"""The report on what moves: as text for the terminal, and as Markdown for the pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from scripts.diff.figures import MovedMetric
from scripts.diff.tables import OF_THE_RUN, Compared

_MONTHS = 6


@dataclass(frozen=True)
class Difference:
    """What a change moves.

    Attributes:
        base: the name of the state before, and its commit.
        tables: all tables, compared.
        metrics: the metrics that differ.
        metric_count: the number of metrics that were compared.
        notes: what the reader must know of the comparison.
    """

    base: str
    tables: Sequence[Compared]
    metrics: Sequence[MovedMetric]
    metric_count: int
    notes: Sequence[str]


def markdown(difference: Difference) -> str:
    """Return the report as Markdown."""
    return "".join(_parts(difference, _markdown_table, "## ", "### ", "`"))


def plain(difference: Difference) -> str:
    """Return the report as text with aligned columns."""
    return "".join(_parts(difference, _plain_table, "", "", ""))


def _parts(difference: Difference, table: Any, title: str, subtitle: str, quote: str) -> Iterator[str]:
    moved = [of for of in difference.tables if of.differs]
    yield f"{title}What moves against {difference.base}\n\n"
    yield f"{_summary(difference, moved)}\n"
    for note in difference.notes:
        yield f"\n- {note}"
    yield "\n" if difference.notes else ""
    if difference.metrics:
        yield f"\n{subtitle}Metrics\n\n"
        yield table(
            ("metric", "before", "after", "change", "months that move"),
            [_metric(of, quote) for of in difference.metrics],
            (1, 2, 3),
        )
    if moved:
        yield f"\n{subtitle}Tables\n\n"
        yield table(
            ("table", "rows before", "rows after", "added", "removed", "changed", "by", "columns that differ"),
            [_table(of, quote) for of in moved],
            (1, 2, 3, 4, 5),
        )
    sums = [
        (f"{quote}{of.name}.{measure}{quote} {currency}".rstrip(), *_moved(before, after))
        for of in moved
        for name, (before, after) in of.sums.items()
        for measure, _, currency in [name.partition(" ")]
    ]
    if sums:
        yield f"\n{subtitle}Sums of measures\n\n"
        yield table(("measure", "before", "after", "change"), sums, (1, 2, 3))
    examples = [
        (f"{quote}{of.name}{quote}", example.key, example.column, _shown(example.before), _shown(example.after))
        for of in moved
        for example in of.examples
    ]
    if examples:
        yield f"\n{subtitle}The first changed values\n\n"
        yield table(("table", "row", "column", "before", "after"), examples, (3, 4))


def _summary(difference: Difference, moved: Sequence[Compared]) -> str:
    rows, tables = sum(of.rows[1] or 0 for of in difference.tables), len(difference.tables)
    left_out = f"Not compared: {' and '.join(sorted(OF_THE_RUN))}, and columns that begin with an underscore."
    if not (moved or difference.metrics):
        equal = f"{difference.metric_count} metrics and the {rows:,} rows of {tables} tables are equal"
        return f"No figure moves: {equal}. {left_out}"
    metrics = f"{len({of.name for of in difference.metrics})} of {difference.metric_count} metrics"
    return f"{metrics} and {len(moved)} of {tables} tables move. {left_out}"


def _metric(of: MovedMetric, quote: str) -> tuple[str, ...]:
    named = f"{quote}{of.name}{quote} {of.currency}".rstrip()
    months = ", ".join(of.months[:_MONTHS])
    more = len(of.months) - _MONTHS
    return named, *_moved(of.before, of.after), f"{months} and {more} more" if more > 0 else months


def _table(of: Compared, quote: str) -> tuple[str, ...]:
    before, after = of.rows
    if before is None or after is None:
        what = "the table is new" if before is None else "the table is gone"
        return f"{quote}{of.name}{quote}", _shown(before), _shown(after), "", "", "", "", what
    columns = [f"{name} ({count:,})" for name, count in of.columns.items()] + list(of.structure)
    by = ", ".join(of.key) or "whole rows"
    counts = (f"{of.added:,}", f"{of.removed:,}", f"{of.changed:,}")
    return f"{quote}{of.name}{quote}", f"{before:,}", f"{after:,}", *counts, by, ", ".join(columns)


def _moved(before: Any, after: Any) -> tuple[str, str, str]:
    if isinstance(before, int | Decimal) and isinstance(after, int | Decimal):
        change = after - before
        return _shown(before), _shown(after), f"{'+' if change > 0 else ''}{_shown(change)}"
    return _shown(before), _shown(after), ""


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, Decimal):
        # Ratios are exact quotients with sixty digits.
        rounded = round(value, 6) if -value.as_tuple().exponent > 6 else value  # type: ignore[operator]
        return f"{rounded:,}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _markdown_table(heads: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int]) -> str:
    rules = ["--:" if index in numbers else "---" for index in range(len(heads))]
    cells = [[cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows]
    return "".join(f"| {' | '.join(row)} |\n" for row in (heads, rules, *cells))


def _plain_table(heads: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int]) -> str:
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    lines = (
        "  ".join(
            cell.rjust(width) if index in numbers else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (heads, *rows)
    )
    return "".join(f"{line}\n" for line in lines)
