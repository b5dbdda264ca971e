"""Keys of entries: the same entry has the same key, in whichever statement it is.

A key is account, day, a hash of the entry, and its number among equal entries of this account and day.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

from loaders.statements.known import Base, Keys, Known, Register
from loaders.statements.model import Entry

_HASH_LETTERS = 20


def base_of(entry: Entry) -> Base:
    """Return what equal entries have in common.

    The hash is of dates, amount and the bank's reference. Without a reference it is of the text, without blanks,
    because banks break lines differently.
    """
    day = entry.booked_on or entry.valued_on
    said = f"reference {entry.reference}" if entry.reference else f"text {''.join(entry.text.split())}"
    content = "\n".join((str(entry.booked_on or ""), str(entry.valued_on or ""), str(entry.amount), said))
    digest = hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()[:_HASH_LETTERS]
    return f"{day:%Y%m%d}" if day else "", digest


def number_entries(bases: Sequence[Base], known: Known, register: Register) -> list[int]:
    """Return the number of each entry among its equals, and put them into `known.keys`.

    Entries of statements that follow one another are different ones, so the numbers of the others are taken.

    Args:
        bases: what `base_of` returned for the entries.
        known: the new statement.
        register: the statements that were imported before.
    """
    wanted = set(bases)
    taken: Keys = {}
    for other, has_own_entries in register.related(known):
        if has_own_entries:
            entries = other.entries()
            for base in wanted & entries.keys():
                taken.setdefault(base, set()).update(entries[base])
    numbers = []
    own: Keys = {}
    following: dict[Base, int] = {}
    for base in bases:
        number = following.get(base, 1)
        while base in taken and number in taken[base]:
            number += 1
        following[base] = number + 1
        own.setdefault(base, set()).add(number)
        numbers.append(number)
    known.keys = own
    return numbers


def compare(known: Known, register: Register) -> Iterator[tuple[Known, int, date | None]]:
    """Yield the statements that a new one overlaps.

    With each, the number of entries that are in both, and the first day on which they contradict each other: both begin
    the day with the same balance, but each has entries that the other lacks. Half of a day has none that a whole one
    lacks.
    """
    own = known.entries()
    for other, has_own_entries in register.related(known):
        if has_own_entries:
            continue
        theirs = other.entries()
        both = sum(len(own[base] & theirs[base]) for base in own.keys() & theirs.keys())
        is_copy = known.is_copy_of(other)
        openings = {(day.day, day.opening) for day in known.days}
        whole = {day.day for day in other.days if is_copy or (day.day, day.opening) in openings}
        contradiction = None
        if whole:
            mine, of_other = _by_day(own), _by_day(theirs)
            contradiction = min((day for day in whole if _contradict(mine[day], of_other[day])), default=None)
        yield other, both, contradiction


def _by_day(keys: Keys) -> dict[date, set[tuple[Base, int]]]:
    found: dict[date, set[tuple[Base, int]]] = defaultdict(set)
    for base, numbers in keys.items():
        if base[0]:
            found[date.fromisoformat(base[0])].update((base, number) for number in numbers)
    return found


def _contradict(one: set[tuple[Base, int]], other: set[tuple[Base, int]]) -> bool:
    return bool(one - other) and bool(other - one)
