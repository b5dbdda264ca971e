"""How much has been done, for whoever sits at a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

CountBytes = Callable[[int], None]
"""Is told how many bytes were dealt with, or are to be."""


def uncounted(size: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Meter:
    """Whom to tell how far it has come.

    Attributes:
        expect: is told how many bytes there are to deal with, as soon as that is known.
        count: is told how many were dealt with, each time.
    """

    expect: CountBytes = uncounted
    count: CountBytes = uncounted


UNMETERED = Meter()


@contextmanager
def progress_bar(label: str) -> Iterator[Meter]:
    """Show on a terminal how many bytes have been dealt with, of how many, and how long it will take."""
    if not sys.stderr.isatty():
        yield UNMETERED
        return
    columns = (TextColumn(label), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(label, total=None)
        yield Meter(lambda total: progress.update(task, total=total), lambda size: progress.advance(task, size))
