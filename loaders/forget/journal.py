"""The journal of a run that is not complete, with which the next run completes it."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from loaders.errors import TieoutError
from loaders.landing.durable import make_folder, sync

FOLDER = ".forgetting"
_FILE = "journal.jsonl"


@dataclass(frozen=True)
class Request:
    """Who is forgotten.

    Attributes:
        customer_id: the person's key.
        reason: why.
        forgotten_by: who asked the command for it.
        forgotten_at: when, in UTC.
        key: the random key of the replacements, in hexadecimal digits. It is destroyed with the journal.
        marks: digests of the values that identify the person without the key.
    """

    customer_id: str
    reason: str
    forgotten_by: str
    forgotten_at: str
    key: str = field(default_factory=lambda: secrets.token_hex(32), repr=False)
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Overwritten:
    """A file of bronze in which values were overwritten.

    Attributes:
        path: its path below the bronze root.
        rows: the number of rows.
        values: the number of values.
        sha256: the digest of the new file.
    """

    path: str
    rows: int
    values: int
    sha256: str


class Journal:
    """The request, and each file before it is replaced. It is removed when everything is overwritten."""

    def __init__(self, root: Path, request: Request) -> None:
        """Use `begun` or `interrupted` instead."""
        self._folder = root / FOLDER
        self.request = request
        self.files: dict[str, Overwritten] = {}

    @classmethod
    def begun(cls, root: Path, request: Request) -> Journal:
        """Write the first line of a new journal."""
        journal = cls(root, request)
        changed = make_folder(journal._folder)
        journal._folder.chmod(0o700)
        journal._append(asdict(request))
        sync({*changed, journal._folder})
        return journal

    @classmethod
    def interrupted(cls, root: Path) -> Journal | None:
        """Read the journal that an interrupted run left; None if there is none.

        A last line that is not complete was interrupted before its file was replaced, so it does not count.

        Raises:
            TieoutError: it is not a journal.
        """
        path = root / FOLDER / _FILE
        if not path.exists():
            return None
        text = path.read_bytes()
        whole = text[: text.rfind(b"\n") + 1]
        lines = whole.decode().splitlines()
        if not lines:
            cls(root, Request("", "", "", "")).remove()
            return None
        try:
            first = json.loads(lines[0])
            journal = cls(root, Request(**first | {"marks": tuple(first["marks"])}))
            for line in lines[1:]:
                overwritten = Overwritten(**json.loads(line))
                journal.files[overwritten.path] = overwritten
        except (ValueError, TypeError, KeyError) as error:
            raise TieoutError(f"{path} is not a journal of `tieout forget`: {error}. Restore bronze.") from error
        os.truncate(path, len(whole))
        return journal

    def add(self, overwritten: Overwritten) -> None:
        """Record a file that is going to be replaced."""
        self.files[overwritten.path] = overwritten
        self._append(asdict(overwritten))

    def remove(self) -> None:
        """Destroy the key: everything is overwritten."""
        shutil.rmtree(self._folder)
        sync([self._folder.parent])

    def _append(self, values: dict[str, Any]) -> None:
        with (self._folder / _FILE).open("a", encoding="utf-8") as file:
            file.write(json.dumps(values) + "\n")
            file.flush()
            os.fsync(file.fileno())
