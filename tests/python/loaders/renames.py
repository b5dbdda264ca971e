"""Landing that stops before a rename, as an interruption or a full disk would stop it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

_UNLIMITED = sys.maxsize


class Renames:
    """Counts the renames of files, and raises an error instead of one that is not allowed any more.

    Attributes:
        left: the number of renames that are still allowed.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
        """Begin to count. Writing to the disk is slow, and there is no power failure, so it is left out."""
        self.left = _UNLIMITED
        rename: Callable[[Path, Path], Path] = Path.replace

        def counted(path: Path, target: Path) -> Path:
            if not self.left:
                raise error
            self.left -= 1
            return rename(path, target)

        monkeypatch.setattr(Path, "replace", counted)
        monkeypatch.setattr("os.fsync", lambda _: None)

    @property
    def made(self) -> int:
        """The number of renames since all were allowed."""
        return _UNLIMITED - self.left

    def allow_all(self) -> None:
        """Allow all further renames."""
        self.left = _UNLIMITED
