"""What is no delivery, reported once: the files of an inbox that were left out, remembered in bronze.

`control/left_out` below the bronze root has lists. The last one is in force; it has every file that is still in its
inbox. A new list is written only if something has changed, so that the lists can be pushed to S3 like all of bronze.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from loaders.errors import TieoutError
from loaders.landing.durable import make_folder, sync
from loaders.landing.manifests import CONTROL

LISTS = f"{CONTROL}/left_out"
_COLUMNS = ("inbox", "path", "fingerprint", "reported_at", "reason")
_LIST = "[0-9][0-9][0-9][0-9][0-9][0-9]-*.csv"
_PIECE_BYTES = 1024 * 1024


@dataclass(frozen=True)
class LeftOut:
    """A file, or a folder, that is not a delivery, with the sentence that says why."""

    path: Path
    sentence: str


class ReportedBefore:
    """The files that earlier runs have left out and reported."""

    def __init__(self, root: Path) -> None:
        """Read the last list of a bronze root.

        Raises:
            TieoutError: it is not such a list.
            OSError: it cannot be read.
        """
        self._root = root
        lists = sorted((root / LISTS).glob(_LIST))
        self.last_list = lists[-1] if lists else None
        self._rows: dict[tuple[str, str], dict[str, str]] = {}
        if self.last_list:
            for row in _read(self.last_list):
                self._rows[row["inbox"], row["path"]] = row

    def has(self, inbox: str) -> bool:
        """Return whether a file of an inbox was left out."""
        return any(of_inbox == inbox for of_inbox, _ in self._rows)

    def knows(self, inbox: str, path: str, fingerprint: str) -> bool:
        """Return whether a file was left out with this content."""
        return self._rows.get((inbox, path), {}).get("fingerprint") == fingerprint

    def report(self, inbox: str, found: Mapping[str, tuple[str, str]]) -> list[str]:
        """Remember what is left out of an inbox now, and forget what is gone; return the sentences that are new.

        Args:
            inbox: the inbox.
            found: fingerprint and sentence by path. A file without a sentence is remembered, and not reported.

        Raises:
            OSError: the list cannot be written.
        """
        before = {path: row for (of_inbox, path), row in self._rows.items() if of_inbox == inbox}
        now = datetime.now(UTC).isoformat(timespec="seconds")
        rows = {}
        new = []
        for path, (fingerprint, sentence) in found.items():
            rows[path] = before.get(path, {})
            if rows[path].get("fingerprint") != fingerprint:
                new += [sentence] if sentence else []
                values = (inbox, path, fingerprint, now, sentence)
                rows[path] = dict(zip(_COLUMNS, values, strict=True))
        if rows != before:
            others = [row for (of_inbox, _), row in self._rows.items() if of_inbox != inbox]
            self._write([*others, *rows.values()])
        return new

    def _write(self, rows: list[dict[str, str]]) -> None:
        text = io.StringIO()
        writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        content = text.getvalue().encode("utf-8", "backslashreplace")
        number = int(self.last_list.name.partition("-")[0]) + 1 if self.last_list else 1
        # The digest keeps apart the lists that two machines write at the same time.
        path = self._root / LISTS / f"{number:06}-{hashlib.sha256(content).hexdigest()[:8]}.csv"
        changed = make_folder(path.parent)
        partial = path.with_name(f".{path.name}")
        partial.write_bytes(content)
        sync([partial])
        partial.replace(path)
        sync({path.parent, *changed})
        self.last_list = path


class LeftOutFiles:
    """The files of an inbox that one landing leaves out."""

    def __init__(self, inbox: Path, root: Path, left_out: list[LeftOut]) -> None:
        """Compare with those that earlier landings in the same bronze root have left out.

        Raises:
            TieoutError: the list of these cannot be read.
        """
        self._inbox = inbox
        self._name = str(inbox.resolve())
        self._before = ReportedBefore(root)
        self._found: dict[str, tuple[str, str]] = {}
        for one in left_out:
            self.add(one)

    def __bool__(self) -> bool:
        """Return whether this landing or an earlier one has left out a file."""
        return bool(self._found) or self._before.has(self._name)

    def __len__(self) -> int:
        """Return the number of files to report, now or before."""
        return sum(bool(sentence) for _, sentence in self._found.values())

    @property
    def last_list(self) -> Path | None:
        """The list that is in force."""
        return self._before.last_list

    def add(self, left_out: LeftOut) -> None:
        """Add a file; without a sentence it is only remembered."""
        self._found[self._shown(left_out.path)] = (_fingerprint(left_out.path), left_out.sentence)

    def remembers(self, path: Path) -> bool:
        """Return whether an earlier landing has left out the file with the same content, and remember it again."""
        fingerprint = _fingerprint(path)
        known = self._before.knows(self._name, self._shown(path), fingerprint)
        if known:
            self._found[self._shown(path)] = (fingerprint, "")
        return known

    def report(self) -> list[str]:
        """Remember the files; return the sentences that are new.

        Raises:
            OSError: the list cannot be written.
        """
        return self._before.report(self._name, self._found)

    def _shown(self, path: Path) -> str:
        return str(path.relative_to(self._inbox)).encode("utf-8", "backslashreplace").decode()


def _read(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, strict=True))
    except (csv.Error, UnicodeDecodeError):
        rows = [{}]
    if any(row.get(column) is None for row in rows for column in _COLUMNS):
        raise TieoutError(
            f"{path} is not a list of files that were left out. Remove it; the files are then reported again."
        )
    return rows


def _fingerprint(path: Path) -> str:
    """Return a digest of the content: of a folder, the names and sizes of its files."""
    digest = hashlib.sha256()
    try:
        if path.is_symlink():
            digest.update(os.fsencode(path.readlink()))
        elif path.is_dir():
            for file in sorted(path.rglob("*")):
                digest.update(os.fsencode(file.relative_to(path)) + f",{file.lstat().st_size}\n".encode())
        elif path.is_file():  # a pipe would never end
            with path.open("rb") as opened:
                while piece := opened.read(_PIECE_BYTES):
                    digest.update(piece)
    except OSError as error:
        return f"unreadable: {error.strerror}"
    return digest.hexdigest()
