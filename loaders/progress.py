"""A progress bar for users at a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

CountBytes = Callable[[int], None]
"""A function that is called with a number of bytes."""


def uncounted(size: int) -> None:
    """Ignore the number of bytes."""


@dataclass(frozen=True)
class Meter:
    """Reports progress.

    Attributes:
        expect: called once with the total number of bytes, as soon as it is known.
        count: called with the number of bytes of each step.
    """

    expect: CountBytes = uncounted
    count: CountBytes = uncounted


UNMETERED = Meter()


@contextmanager
def progress_bar(label: str) -> Iterator[Meter]:
    """Show a progress bar in bytes on a terminal; show nothing elsewhere."""
    if not sys.stderr.isatty():
        yield UNMETERED
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (TextColumn(label), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(label, total=None)
        yield Meter(lambda total: progress.update(task, total=total), lambda size: progress.advance(task, size))
