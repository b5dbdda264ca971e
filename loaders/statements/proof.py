"""Rows and money in are rows and money out."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from loaders.errors import TieoutError
from loaders.imports.proof import Amounts, Proof
from loaders.statements.booked import BookedStatement
from loaders.statements.model import Aside, StatementFile


def totals(read: StatementFile) -> tuple[int, Decimal]:
    """Return rows and money of a file as it was read, before anything is judged."""
    asides = [*read.stray, *(each for one in read.statements for each in (*one.broken, *one.left_out))]
    entries = [abs(entry.amount) for one in read.statements for entry in one.entries]
    return len(entries) + len(asides), sum(entries, Decimal(0)) + _sum(asides)


def prove(
    read: tuple[int, Decimal],
    booked: Sequence[BookedStatement],
    asides: Sequence[Aside],
    delivered: Path | None,
    path: Path,
) -> Proof:
    """Compare what was read with the delivered transactions, which are read again, and with the rest.

    Raises:
        TieoutError: a row or a cent is in one of them only.
    """
    left_out = [aside for each in booked for aside in each.statement.left_out]
    count, amount = _delivered(delivered) if delivered else (0, Decimal(0))
    unreadable = sum(each.amount is None for each in asides)
    amounts = Amounts("amount", read[1], amount, _sum(asides), _sum(left_out), unreadable)
    proof = Proof(read[0], count, len(asides), len(left_out), (amounts,))
    if not proof.ties:
        raise TieoutError(
            f"{path} does not tie out, so nothing was written. {' '.join(proof.sentences())} This is an error of "
            "tieout: please report it with the statement."
        )
    return proof


def _sum(asides: Iterable[Aside]) -> Decimal:
    return sum((each.amount for each in asides if each.amount is not None), Decimal(0))


def _delivered(path: Path) -> tuple[int, Decimal]:
    """Count the rows of a delivery and add up their amounts."""
    with path.open(encoding="utf-8", newline="") as file:
        found = _rows(csv.reader(file))
        amounts = [Decimal(row["amount"]) for row in found]
    return len(amounts), sum(amounts, Decimal(0))


def _rows(lines: Iterator[list[str]]) -> Iterator[Mapping[str, str]]:
    header = next(lines)
    for line in lines:
        if len(line) == len(header):
            yield dict(zip(header, line, strict=True))
