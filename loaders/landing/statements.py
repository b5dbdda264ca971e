"""What a source states about a file that it sent: the reading of control files and checksum files.

A control file (`.ctl`) has one statement per line, `name,value`: `rows,8`, `total amount,1234.50`, `sha256,...`. A
checksum file (`.sha256`, `.sha1`, `.md5`) has the checksum alone or with a file name, as `sha256sum` writes it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from loaders.contract import Entity
from loaders.landing.control_files import CONTROL_ENDING, DIGESTS, ending
from loaders.landing.reader import RefusedError, unreadable

MOST_BYTES = 64 * 1024
"""The largest control file: it states a few figures."""

NUMBER = re.compile(r"[+-]?[0-9]{1,25}(?:[.][0-9]{1,10})?", re.ASCII)
_ROWS = re.compile(r"[0-9]{1,15}", re.ASCII)
_FORMAT = "write one statement per line, as rows,8 or total COLUMN,1234.50 or sha256,CHECKSUM"


@dataclass(frozen=True)
class Statement:
    """What one control file, or the trailer, states.

    Attributes:
        source: the name of the control file, or `trailer`.
        rows: the number of rows.
        totals: columns with their sums.
        digests: algorithms with their checksums, in lower case.
    """

    source: str
    rows: int | None = None
    totals: tuple[tuple[str, Decimal], ...] = ()
    digests: tuple[tuple[str, str], ...] = ()

    @property
    def is_empty(self) -> bool:
        """True for an empty file, which only marks that another one is complete."""
        return self.rows is None and not self.totals and not self.digests

    def __str__(self) -> str:
        """Return the statement as it is written into the manifest."""
        stated = [f"rows {self.rows}"] if self.rows is not None else []
        stated += [f"total {column} {total}" for column, total in self.totals]
        stated += [f"{algorithm} {digest}" for algorithm, digest in self.digests]
        return f"{self.source}: {', '.join(stated)}"


class ControlFileError(RefusedError):
    """A control file cannot be read, or states something else than the file holds.

    Attributes:
        path: the control file.
        problem: what is wrong with it, as a clause about the control file itself.
    """

    def __init__(self, path: Path, message: str, problem: str) -> None:
        """Remember the control file."""
        super().__init__(message)
        self.path = path
        self.problem = problem


def read_control_file(path: Path, entity: Entity, delivered: str) -> Statement:
    """Read what a control file states.

    Args:
        path: the control file.
        entity: the entity of the file that it is about.
        delivered: the name of that file, by which a line of a checksum file with several is found.

    Raises:
        ControlFileError: it cannot be read as a control file.
        TieoutError: it cannot be read at all.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise unreadable(path, error) from error
    if len(content) > MOST_BYTES:
        raise _not_readable(path, f"it is larger than {MOST_BYTES:,} bytes")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _not_readable(path, "it is not UTF-8") from None
    lines = [(number, line.strip()) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if ending(path.name) == CONTROL_ENDING:
        return _read_statements(path, lines, entity)
    return _read_checksums(path, lines, delivered)


def _read_statements(path: Path, lines: list[tuple[int, str]], entity: Entity) -> Statement:
    columns = {column.lower(): column for column in entity.numeric_columns}
    rows: int | None = None
    totals: dict[str, Decimal] = {}
    digests: dict[str, str] = {}
    for number, line in lines:
        name, _, value = (part.strip().strip('"').strip() for part in line.partition(","))
        words = name.lower().split()
        where = f"line {number}"
        if words == ["name"] and value.lower() == "value" and number == lines[0][0]:
            continue
        if words == ["rows"]:
            if rows is not None or not _ROWS.fullmatch(value):
                raise _not_readable(path, f"{where} must state the number of rows, once, as rows,8")
            rows = int(value)
        elif len(words) == 2 and words[0] == "total":
            column = columns.get(words[1])
            if column is None:
                raise _not_readable(
                    path, f"{where} states the total of a column that has none; those with one are {_listed(entity)}"
                )
            if column in totals or not NUMBER.fullmatch(value):
                raise _not_readable(path, f"{where} must state the total, once, as total {column},1234.50")
            totals[column] = Decimal(value)
        elif len(words) == 1 and words[0] in DIGESTS:
            if words[0] in digests or not _is_digest(words[0], value):
                raise _not_readable(
                    path,
                    f"{where} must state the checksum, once, as {words[0]}, a comma and {DIGESTS[words[0]]} "
                    "hexadecimal digits",
                )
            digests[words[0]] = value.lower()
        else:
            raise _not_readable(path, f"{where} states nothing that is known; {_FORMAT}")
    return Statement(path.name, rows, tuple(totals.items()), tuple(digests.items()))


def _read_checksums(path: Path, lines: list[tuple[int, str]], delivered: str) -> Statement:
    algorithm = ending(path.name)
    found: list[tuple[str, str]] = []
    for number, line in lines:
        digest, _, name = line.partition(" ")
        if not _is_digest(algorithm, digest):
            raise _not_readable(
                path,
                f"line {number} does not begin with a checksum of {DIGESTS[algorithm]} hexadecimal digits; write it as "
                f"{algorithm}sum does",
            )
        found.append((digest.lower(), re.split(r"[\\/]", name.strip().lstrip("*"))[-1]))
    if len(found) > 1:
        found = [(digest, name) for digest, name in found if name.lower() == delivered.lower()]
        if len(found) != 1:
            raise _not_readable(path, f"it must have one line for {delivered}")
    return Statement(path.name, digests=tuple((algorithm, digest) for digest, _ in found))


def _is_digest(algorithm: str, text: str) -> bool:
    return re.fullmatch(f"[0-9A-Fa-f]{{{DIGESTS[algorithm]}}}", text, re.ASCII) is not None


def _listed(entity: Entity) -> str:
    return ", ".join(entity.numeric_columns) or "none"


def _not_readable(path: Path, problem: str) -> ControlFileError:
    message = f"its control file {path.name} cannot be read: {problem}. Correct the control file, then land again"
    return ControlFileError(path, message, f"it cannot be read: {problem}")
