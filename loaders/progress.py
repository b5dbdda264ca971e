"""How much has been done, for whoever sits at a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

CountBytes = Callable[[int], None]
"""Is told how many bytes were dealt with."""


def uncounted(size: int) -> None:
    """Tell nobody."""


@contextmanager
def progress_bar(label: str) -> Iterator[CountBytes]:
    """Show on a terminal how many bytes have been dealt with."""
    if not sys.stderr.isatty():
        yield uncounted
        return
    columns = (TextColumn(label), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(label, total=None)
        yield lambda size: progress.advance(task, size)
