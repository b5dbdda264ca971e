"""Small disks, to test what happens when a disk is full."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class SmallDisk:
    """A file system in memory that is mounted on a folder."""

    folder: Path

    def resize(self, kilobytes: int) -> None:
        _run("mount", "-o", f"remount,size={kilobytes}k", self.folder).check_returncode()


@contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[SmallDisk]:
    """Mount a small disk. Only root may do that, so for other users the test is skipped."""
    mounted = _run("mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", folder)
    if mounted.returncode:
        pytest.skip(f"cannot mount a small disk: {mounted.stderr.strip()}")
    try:
        yield SmallDisk(folder)
    finally:
        _run("umount", folder).check_returncode()


def _run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)
