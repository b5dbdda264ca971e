"""Locks that one process has at a time, and that the system takes back when the process ends."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loaders.errors import TieoutError


@contextmanager
def locked(file: Path, taken: str) -> Iterator[None]:
    """Lock a file, which is made if there is none, without waiting.

    Args:
        file: the file.
        taken: the sentence for the user if another process has the lock.

    Raises:
        TieoutError: another process has the lock.
        OSError: the file cannot be written.
    """
    with file.open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TieoutError(taken) from None
        yield
