"""The hidden folder in which an import works, and the removal of folders that killed imports have left."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PREFIX = ".staging-"


@contextmanager
def workplace(imports: Path) -> Iterator[Path]:
    """Make a folder of its own below the folder of imports, and remove it at the end.

    The folder is locked as long as the process lives, so that folders of killed imports are those without a lock.
    Those are removed first; imports that run at the same time keep theirs.
    """
    imports.mkdir(parents=True, exist_ok=True)
    for left in imports.glob(f"{_PREFIX}*"):
        _remove_if_left(left)
    folder, lock = _locked_folder(imports)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _locked_folder(imports: Path) -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=imports))
        # Until it is locked, another import may remove it as one that was left.
        with suppress(FileNotFoundError):
            lock = os.open(folder, os.O_RDONLY)
            fcntl.flock(lock, fcntl.LOCK_EX)
            if folder.is_dir():
                return folder, lock
            os.close(lock)


def _remove_if_left(folder: Path) -> None:
    # A link, or a folder that another import has just removed, is left alone.
    with suppress(OSError):
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder)
        finally:
            os.close(lock)
