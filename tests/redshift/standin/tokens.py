"""Statements as tokens with their places, so that they are changed where they must be and nowhere else.

Statements are edited, not parsed and written anew: a generator changes more than it is asked to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlglot.dialects import Redshift
from sqlglot.errors import TokenError

_TOKENIZER = Redshift()


class RefusedError(Exception):
    """Redshift would refuse the statement, or the stand-in cannot judge it; the message says which and why."""


@dataclass(frozen=True)
class Token:
    """A token and where it stands: sql[start:end].

    Attributes:
        kind: sqlglot's name of the token's type.
        word: its text in lower case.
    """

    start: int
    end: int
    kind: str
    word: str


def tokens(sql: str) -> list[Token]:
    """Take a statement apart.

    Raises:
        RefusedError: it cannot be taken apart, so nobody can say what it does.
    """
    try:
        found = _TOKENIZER.tokenize(sql)
    except TokenError as error:
        raise RefusedError(f"cannot judge: {error}") from error
    return [
        Token(token.start, token.end + 1, token.token_type.name, sql[token.start : token.end + 1].lower())
        for token in found
    ]


def closing(found: Sequence[Token], opening: int) -> int:
    """Tell the index of the bracket that closes the one at `opening`."""
    depth = 0
    for index in range(opening, len(found)):
        depth += (found[index].kind == "L_PAREN") - (found[index].kind == "R_PAREN")
        if depth == 0:
            return index
    raise RefusedError("cannot judge: a bracket is not closed")


def at_depth(found: Sequence[Token], first: int, last: int) -> Iterator[int]:
    """Yield the indexes from first up to, not including, last that stand in no bracket of their own."""
    depth = 0
    for index in range(first, last):
        depth -= found[index].kind == "R_PAREN"
        if depth == 0:
            yield index
        depth += found[index].kind == "L_PAREN"


def split_at_commas(found: Sequence[Token], first: int, last: int) -> list[tuple[int, int]]:
    """Tell the ranges of the list items between first and last."""
    commas = [index for index in at_depth(found, first, last) if found[index].kind == "COMMA"]
    return list(zip([first, *(comma + 1 for comma in commas)], [*commas, last], strict=True))


@dataclass
class Edits:
    """Changes at places of a statement, made together."""

    sql: str
    _edits: list[tuple[int, int, str]] = field(default_factory=list)

    def replace(self, start: int, end: int, new: str) -> None:
        """Replace sql[start:end]; where start is end, insert."""
        self._edits.append((start, end, new))

    def apply(self) -> str:
        """Make all changes."""
        sql = self.sql
        for start, end, new in sorted(self._edits, reverse=True):
            sql = sql[:start] + new + sql[end:]
        return sql
