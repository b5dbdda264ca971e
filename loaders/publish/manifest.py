"""The manifest of a published table: what was published, and the files of each partition."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

from loaders.errors import TieoutError
from loaders.publish.fingerprints import Content
from loaders.publish.tables import Table

NAME = "_manifest.json"
"""Its name in the folder of the table. Readers of a whole folder skip names that begin with an underscore."""


@dataclass(frozen=True)
class Partition:
    """A partition that was published.

    Attributes:
        rows: the number of its rows.
        fingerprint: that of its content.
        folder: the folder with its files and no others.
        files: their paths below the destination, as is the folder.
    """

    rows: int
    fingerprint: str
    folder: str
    files: tuple[str, ...]

    def has(self, content: Content) -> bool:
        """Return whether it is what the table holds."""
        return (self.rows, self.fingerprint) == (content.rows, content.fingerprint)


@dataclass
class Manifest:
    """What was published of a table.

    Attributes:
        table: its name.
        engine: the engine whose fingerprints these are.
        layout: the columns with their types, and the partition column.
        partitions: the partitions by value.
        unfinished: the folders that runs have begun and not finished; their files are no part of the table.
        superseded: files that were replaced by the last run that wrote. The next one removes them, so that a reader who
            has just read the old manifest still finds its files.
    """

    table: str
    engine: str = ""
    layout: list[str] = field(default_factory=list)
    partitions: dict[str, Partition] = field(default_factory=dict)
    unfinished: list[str] = field(default_factory=list)
    superseded: list[str] = field(default_factory=list)

    def changed(self, table: Table, engine: str, now: dict[str, Content]) -> list[str]:
        """Return the partitions that must be written, given what the table holds."""
        if (self.layout, self.engine) != (table.layout, engine):
            return list(now)
        return [part for part, content in now.items() if not (old := self.partitions.get(part)) or not old.has(content)]

    def text(self) -> bytes:
        """Return the file."""
        rows = sum(partition.rows for partition in self.partitions.values())
        return (json.dumps({**asdict(self), "rows": rows}, indent=1, sort_keys=True) + "\n").encode()


def read_manifest(table: str, address: str, text: bytes | None) -> Manifest:
    """Read a manifest; an empty one if the table was not published.

    Args:
        table: the name of the table.
        address: where the file is, for the message.
        text: the file.

    Raises:
        TieoutError: it is not a manifest of this table.
    """
    if text is None:
        return Manifest(table)
    try:
        read = json.loads(text)
        if read.pop("table") != table:
            raise ValueError(table)
        del read["rows"]
        partitions = {
            part: Partition(**{**found, "files": tuple(found["files"])})
            for part, found in read.pop("partitions").items()
        }
        return Manifest(table, partitions=partitions, **read)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise TieoutError(
            f"{address} is not a manifest of {table}: {error!r}. Restore an older version of it, or remove the folder "
            "and publish again."
        ) from None
