"""Text and figures as HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from html import escape
from typing import Any

NOTHING = "n/a"
"""What is shown for a figure that cannot be computed, such as a share of nothing."""

_AMOUNTS = frozenset({"amount", "reporting"})


def _rounded(value: Decimal, decimals: int) -> str:
    return f"{value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):,}"


# Sums of amounts have two decimals; only an average has more.
_FIGURES: Mapping[str, Callable[[Decimal], str]] = {
    "amount": lambda value: _rounded(value, 2),
    "reporting": lambda value: _rounded(value, 2),
    "share": lambda value: f"{_rounded(100 * value, 2)} %",
    "ratio": lambda value: _rounded(value, 4),
}


def shown(value: Any, unit: str = "text", currency: str = "") -> str:
    """Return a figure for people: exact, thousands separated, with its unit.

    Args:
        value: the figure, or a text, a day or a time.
        unit: `count`, `amount`, `reporting`, `share` or `ratio`; anything else is shown as it is.
        currency: the code of the currency of an amount, if the reader cannot know it from the head of the column.
    """
    if value is None:
        return "" if unit == "text" else NOTHING
    figure = _FIGURES.get(unit)
    if figure:
        return f"{figure(Decimal(value))} {currency if unit in _AMOUNTS else ''}".rstrip()
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)


def text(value: Any) -> str:
    """Return a text that HTML shows as it is."""
    return escape(str(value), quote=True)


def key(value: Any) -> str:
    """Return a value that names a row. A short one without a space, such as a day or an id, is not broken."""
    shown_value = shown(value)
    short = len(shown_value) <= 24 and " " not in shown_value
    return f'<span class="key">{text(shown_value)}</span>' if short and shown_value else text(shown_value)


def code(value: str) -> str:
    """Return a command or a name in the type of code."""
    return f"<code>{text(value)}</code>"


def link(target: str, label: str, kind: str = "") -> str:
    """Return a link; `label` is HTML."""
    of_kind = f' class="{kind}"' if kind else ""
    return f'<a{of_kind} href="{text(target)}">{label}</a>'


def items(sentences: Iterable[str], kind: str = "") -> str:
    """Return a list; the sentences are HTML."""
    of_kind = f' class="{kind}"' if kind else ""
    return f"<ul{of_kind}>{''.join(f'<li>{sentence}</li>' for sentence in sentences)}</ul>"


def table(
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    numbers: Iterable[int] = (),
    ids: Sequence[str] = (),
    kinds: Sequence[str] = (),
    foot: bool = False,
) -> str:
    """Return a table. On a phone, each row becomes a block whose lines begin with the heads.

    Args:
        heads: the heads, as text.
        rows: the cells, as HTML.
        numbers: the columns with figures.
        ids: the anchors of the rows.
        kinds: the classes of the rows.
        foot: whether the last row is a total.
    """
    right = set(numbers)
    head = "".join(
        f'<th scope="col"{_kind(label, is_number=index in right)}>{text(label)}</th>'
        for index, label in enumerate(heads)
    )
    lines = []
    for number, row in enumerate(rows):
        cells = "".join(
            f'<td data-label="{text(heads[index])}"{_kind(cell, is_number=index in right)}>{cell}</td>'
            for index, cell in enumerate(row)
        )
        anchor = f' id="{ids[number]}"' if number < len(ids) and ids[number] else ""
        kind = f' class="{kinds[number]}"' if number < len(kinds) and kinds[number] else ""
        lines.append(f"<tr{anchor}{kind}>{cells}</tr>")
    total = f"<tfoot>{lines.pop()}</tfoot>" if foot and lines else ""
    body = "\n".join(lines)
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>{total}\n</table>\n"


def _kind(cell: str, *, is_number: bool) -> str:
    """Return the class of a cell: a phone shows what has names of tables or commands below its head, not beside it."""
    if is_number:
        return ' class="number"'
    return ' class="wide"' if "<code>" in cell else ""


def section(title: str, *parts: str, note: str = "", anchor: str = "") -> str:
    """Return a section of a page; the parts are HTML, the note is text."""
    described = f'<p class="note">{text(note)}</p>' if note else ""
    named = f' id="{anchor}"' if anchor else ""
    return f"<section{named}>\n<h2>{text(title)}</h2>\n{described}{''.join(parts)}</section>\n"


def nothing(sentence: str) -> str:
    """Return what stands where there is nothing to show."""
    return f'<p class="nothing">{text(sentence)}</p>\n'
