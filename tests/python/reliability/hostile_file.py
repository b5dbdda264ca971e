"""Describe a hostile file and its expected result."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass, field
from itertools import count

from tests.python.hard_deliveries import TRANSACTIONS

# This name is in every row about a person here, and must not appear outside of silver.
PERSON = "Zelenka"

MB = 1024 * 1024
# Long texts are abbreviated in the cases, and written out when the file is made.
LONG = {
    f"<{size} MB of {name}>".encode(): (text, size * MB)
    for size, name, text in (
        (10, "x", b"x"),
        (10, '"', b'"'),
        (10, ",", b","),
        (10, "\\n", b"\n"),
        (40, "\\0", b"\0"),
    )
}


@dataclass(frozen=True)
class HostileFile:
    """A delivered file and its expected result.

    Attributes:
        text: the uncompressed bytes, with long texts abbreviated.
        entity: the entity in the file name.
        suffix: the end of the file name.
        refused: a pattern for the reason, if the whole file is refused.
        malformed: the reasons of malformed lines, by line.
        rejected: the failed rules of rejected rows, by line.
        good: the keys of the rows that reach gold, by line.
        delivered: the number of records in the file.
        pack: whether the file is compressed.
    """

    text: bytes
    entity: str = "transactions"
    suffix: str = ".csv"
    refused: str = ""
    malformed: dict[int, str] = field(default_factory=dict)
    rejected: dict[int, str] = field(default_factory=dict)
    good: dict[int, str] = field(default_factory=dict)
    delivered: int = 0
    pack: bool = False

    @property
    def content(self) -> bytes:
        """The delivered bytes."""
        text = self.text
        for name, (letter, times) in LONG.items():
            if name in text:
                text = text.replace(name, letter * times)
        return gzip.compress(text, 1) if self.pack else text


_NUMBERS = count(1)


def t(key: str, amount: str = "10.00", shop: str = "Shop") -> str:
    """Return a transaction without a line end."""
    return f"{key},A1,Payment,{amount},USD,2025-01-01 08:00:00,Online,Completed,{shop},Dining,,,,,"


def c(key: str) -> str:
    """Return a customer without a line end. Every personal value contains PERSON."""
    return (
        f"{key},{PERSON},{PERSON},{PERSON.lower()}@example.com,+{PERSON},1980-02-29,{PERSON} 1,Akron,Ohio,US,Mass,700,"
        "2020-01-01,2025-01-01 08:00:00,"
    )


def refused(reason: str, content: str | bytes, suffix: str = ".csv", entity: str = "transactions") -> HostileFile:
    return HostileFile(_bytes(content), entity, suffix, refused=reason)


def lands(
    *parts: str | bytes,
    good: str = "",
    malformed: dict[int, str] | None = None,
    rejected: dict[int, str] | None = None,
    suffix: str = ".csv",
    header: str | bytes = TRANSACTIONS,
    pack: bool = False,
) -> HostileFile:
    """Return a file that lands.

    Args:
        parts: the text after the header. `@` is replaced by a prefix for keys that is unique to the file.
        good: the lines and keys of good rows, for example `2:a 4:b`; the text has these keys as `@a` and `@b`.
        malformed: the reasons of malformed lines, by line.
        rejected: the failed rules of rejected rows, by line.
        suffix: the end of the file name.
        header: the first line.
        pack: whether the file is compressed.
    """
    own = f"h{next(_NUMBERS)}".encode()
    content = b"".join(map(_bytes, (header, *parts))).replace(b"@", own + b"-")
    keys = {int(line): f"{own.decode()}-{key}" for line, key in (pair.split(":") for pair in good.split())}
    malformed, rejected = malformed or {}, rejected or {}
    return HostileFile(
        content,
        suffix=suffix,
        malformed=malformed,
        rejected=rejected,
        good=keys,
        delivered=len(keys) + len(malformed) + len(rejected),
        pack=pack,
    )


def between(middle: str | bytes, malformed: str = "", rejected: str = "") -> HostileFile:
    """Return a file with one hostile line between two good ones."""
    return lands(
        t("@a") + "\n",
        middle,
        "\n" + t("@b") + "\n",
        good="2:a 4:b" if malformed or rejected else "2:a 3:m 4:b",
        malformed={3: malformed} if malformed else {},
        rejected={3: rejected} if rejected else {},
    )


def _bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


def file_name(name: str) -> str:
    """Return the part of the file name that identifies the case."""
    return re.sub("[^a-z0-9]+", "-", name.lower()).strip("-")
