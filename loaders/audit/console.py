"""How the warehouse's answers are shown: tables as wide as the terminal, or as a page where there is none."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

PAGE_WIDTH = 300
"""Columns of what is not shown on a terminal: wide enough for all tables, so that a log or a file loses nothing."""


def console() -> Console:
    """Return where tables are printed."""
    return Console(width=None if sys.stdout.isatty() else PAGE_WIDTH, highlight=False, soft_wrap=False)


def shown(value: Any) -> str:
    """Return a value for people: thousands separated, nothing for null, times to the second."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float | Decimal):
        return f"{value:,}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return "" if value is None else str(value)


def shown_name(column: str, value: Any) -> str:
    """Return a value for people, without separators if its column holds names: keys, dates as numbers, and years."""
    is_name = column.endswith(("_id", "_key", "_sk", "year")) and not isinstance(value, bool) and value is not None
    return str(value) if is_name else shown(value)


def table(title: str, columns: Iterable[str], *, numbers: Iterable[str] = ()) -> Table:
    """Return an empty table; the columns named in `numbers` are set to the right."""
    made = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    right = set(numbers)
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return made


def add(to: Table, *values: Any, alarm: bool = False) -> None:
    """Add a row of values. An alarm is printed in colour."""
    to.add_row(*(Text(shown(value)) for value in values), style="bold red" if alarm else None)
