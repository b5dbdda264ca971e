"""What a case of a dialect macro is."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

# The columns of the table that cases read. A column without a value in a case is null.
COLUMNS = {
    "words": "varchar(65535)",
    "more_words": "varchar(65535)",
    "amount": "decimal(18, 2)",
    "total": "decimal(38, 2)",
    "fine": "decimal(18, 3)",
    "dividend": "decimal(28, 6)",
    "divisor": "decimal(28, 6)",
    "whole": "integer",
    "other_whole": "integer",
    "some_day": "date",
    "other_day": "date",
    "moment": "timestamp",
}
BEYOND_ASCII = "Žluťoučký 東京 🏦"
BLANKS = ("", " ", "   ", "\t", "\n", "\u00a0")


@dataclass(frozen=True)
class Refused:
    """An engine refuses the query.

    Attributes:
        because: a part of the error message.
    """

    because: str


@dataclass(frozen=True)
class Case:
    """An expression with inputs, and the results that both engines must return.

    Attributes:
        call: the expression, in Jinja.
        column: the column of inputs that are a single value. Other inputs are mappings of column to value.
        answers: pairs of input and result.
        relation: what the query reads.
        aggregate: whether all inputs have one common result, which is the result of the last pair.
    """

    call: str
    column: str
    answers: Sequence[tuple[Any, Any]]
    relation: str = "dialect_values as given"
    aggregate: bool = False

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The inputs, each as a mapping of column to value."""
        return [given if isinstance(given, dict) else {self.column: given} for given, _ in self.answers]


@dataclass(frozen=True)
class Difference:
    """An expression whose results differ between the engines, so that models must not use it.

    Attributes:
        call: the expression, in Jinja.
        given: the inputs, mappings of column to value.
        duckdb: the results, or a refusal.
        redshift: the results, or a refusal.
        instead: what models use.
    """

    call: str
    given: Sequence[dict[str, Any]]
    duckdb: Sequence[Any] | Refused
    redshift: Sequence[Any] | Refused
    instead: str


def amount(text: str) -> Decimal:
    return Decimal(text)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text)


def hashed(text: str) -> tuple[str, str]:
    """Pair a text with its SHA-256."""
    return text, hashlib.sha256(text.encode()).hexdigest()
