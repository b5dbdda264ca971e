"""Statements as tokens with positions, so that a statement can be edited in place.

A statement is edited and never regenerated from its syntax tree, because a generator would also change parts that do
not need to change.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import sqlglot
from sqlglot import TokenType
from sqlglot.dialects import Redshift
from sqlglot.errors import TokenError

DIALECT = Redshift()
# Without the search for nested data (`from orders as o, o.items`), for which sqlglot copies the sources of every query.
# PostgreSQL refuses such a query, because it takes `o` for a schema.
Redshift.Parser.SUPPORTS_IMPLICIT_UNNEST = False
# An enum finds the name of a member slowly, and a statement has thousands of tokens.
_KINDS = {type_: type_.name for type_ in TokenType}
# A statement may be valid on Redshift, but it is not certain that PostgreSQL gives the same result.
UNSUPPORTED = "not supported by the stand-in"


class RefusedError(Exception):
    """The stand-in refuses a statement; the message says what is refused and why."""


def unsupported(what: str) -> RefusedError:
    """Make the error for something that the stand-in does not support."""
    return RefusedError(f"{UNSUPPORTED}: {what}")


class Token(NamedTuple):
    """A token and its position: the token is sql[start:end].

    Attributes:
        kind: sqlglot's name of the token type.
        word: the token's text in lower case.
    """

    start: int
    end: int
    kind: str
    word: str


def tokens(sql: str) -> list[Token]:
    """Split a statement into tokens.

    Raises:
        RefusedError: the statement cannot be split.
    """
    try:
        split = DIALECT.tokenize(sql)
    except TokenError as error:
        raise unsupported(str(error)) from error
    return located(sql, split)


def located(sql: str, split: list[sqlglot.Token]) -> list[Token]:
    """Return the tokens of a statement that sqlglot has split, with their positions."""
    return [
        Token(token.start, token.end + 1, _KINDS[token.token_type], sql[token.start : token.end + 1].lower())
        for token in split
    ]


def closing(found: Sequence[Token], opening: int) -> int:
    """Return the index of the parenthesis that closes the one at index `opening`."""
    depth = 0
    for index in range(opening, len(found)):
        depth += (found[index].kind == "L_PAREN") - (found[index].kind == "R_PAREN")
        if depth == 0:
            return index
    raise unsupported("a parenthesis is not closed")


def at_depth(found: Sequence[Token], first: int, last: int) -> Iterator[int]:
    """Yield the indexes from `first` to `last` (exclusive) that are not inside a nested pair of parentheses."""
    depth = 0
    for index in range(first, last):
        depth -= found[index].kind == "R_PAREN"
        if depth == 0:
            yield index
        depth += found[index].kind == "L_PAREN"


def split_at_commas(found: Sequence[Token], first: int, last: int) -> list[tuple[int, int]]:
    """Return the index ranges of the list items between `first` and `last`."""
    commas = [index for index in at_depth(found, first, last) if found[index].kind == "COMMA"]
    return list(zip([first, *(comma + 1 for comma in commas)], [*commas, last], strict=True))


def items(sql: str, found: Sequence[Token], opening: int, end: int) -> list[str]:
    """Return the texts of the items of a list in parentheses."""
    return [
        sql[found[first].start : found[last - 1].end]
        for first, last in split_at_commas(found, opening + 1, end)
        if last > first
    ]


@dataclass
class Edits:
    """Replacements in a statement, applied together so that positions stay valid."""

    sql: str
    _edits: list[tuple[int, int, str]] = field(default_factory=list)

    def replace(self, start: int, end: int, new: str) -> None:
        """Replace sql[start:end]. If start equals end, insert."""
        self._edits.append((start, end, new))

    def apply(self) -> str:
        """Return the statement with all replacements made."""
        parts, kept = [], 0
        for start, end, new in sorted(self._edits):
            parts += [self.sql[kept:start], new]
            kept = end
        return "".join([*parts, self.sql[kept:]])
