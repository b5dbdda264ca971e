"""Whether the statements of an account follow one another without a gap."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from loaders.imports.proof import plain
from loaders.statements.known import Known, sequence


def gaps(statements: Iterable[Known], new: Collection[int]) -> Iterator[str]:
    """Name the gaps in balances and in numbers before and after new statements of one account.

    Args:
        statements: all statements of the account.
        new: the identities of those that were imported just now.
    """
    ordered = sorted(statements, key=lambda each: (each.opens, each.closes, sequence(each.number) or 0))
    latest: Known | None = None
    for each in ordered:
        before, latest = latest, each if latest is None or each.closes >= latest.closes else latest
        if before is None or not {id(before), id(each)} & set(new):
            continue
        if each.opens < before.closes or each.is_copy_of(before):
            continue
        closing, opening = before.closing, each.opening
        if (
            closing is not None
            and opening is not None
            and closing != opening
            and not any(other.is_followed_by(each) for other in ordered)
        ):
            yield (
                f"Account {each.account}: {before.label} closes with {plain(closing)} on {before.closes}, and "
                f"{each.label} opens with {plain(opening)} on {each.opens}. Import the statements between them."
            )
        yield from _missing_numbers(before, each)


def _missing_numbers(before: Known, after: Known) -> Iterator[str]:
    first, second = sequence(before.number), sequence(after.number)
    if first is None or second is None or second <= first + 1:
        return
    missing = f"{first + 1}" if second == first + 2 else f"{first + 1} to {second - 1}"
    yield (
        f"Account {after.account}: the numbers {missing} are missing between {before.label} and {after.label}. Import "
        "these statements, if the bank has made them."
    )
