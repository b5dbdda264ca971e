"""Durable folders and files: what is synced survives a power failure."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_SYNCS_AT_A_TIME = 8


def make_folder(folder: Path) -> set[Path]:
    """Make a folder and its parents; return the folders with a new entry, which are not synced yet."""
    if folder.is_dir():
        return set()
    changed = make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    return {folder.parent, *changed}


def sync(paths: Iterable[Path]) -> None:
    """Make files or folders durable, several at a time, because each one waits for the disk."""
    with ThreadPoolExecutor(_SYNCS_AT_A_TIME) as pool:
        list(pool.map(_sync_one, paths))


def _sync_one(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
