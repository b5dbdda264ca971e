"""The statements that were imported into an inbox, and how a new one stands to them.

Of two statements of an account that share days, one may follow the other: it opens with the balance with which the
other closes, so each has entries of its own, also where they are equal. Otherwise they overlap, and an entry that is in
both is one entry.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from loaders.errors import TieoutError
from loaders.imports.trace import IMPORTS
from loaders.statements.balances import Day

Base = tuple[str, str]
"""The day and the hash of an entry: equal entries have the same."""

Keys = dict[Base, set[int]]
"""The numbers of the entries with the same day and hash."""

HOME = "transactions.statements-*"
RECORD = "import.json"
ENTRIES = "entries.csv"


@dataclass(slots=True)
class Known:
    """A statement that was imported.

    Attributes:
        file: the path of the original, for sentences.
        line: where it begins there.
        position: which statement of its file it is, from 1 on; None if an earlier version imported it.
        account, currency, number: as in the statement.
        opens, closes: the days of its balances, or of its first and last entry.
        first, last: its first and last day; entries may be outside of its balances.
        opening, closing: its balances; None if it has none.
        days: the balances of its days.
        home: the folder of the import.
        keys: the entries; None if they are read from the folder when they are needed.
    """

    file: str
    line: int
    position: int | None
    account: str
    currency: str
    number: str
    opens: date
    closes: date
    first: date
    last: date
    opening: Decimal | None
    closing: Decimal | None
    days: list[Day]
    home: Path
    keys: Keys | None = None

    def entries(self) -> Keys:
        """Return its entries, which are read when they are needed."""
        if self.keys is None:
            self.keys = _read_keys(self.home / ENTRIES, self)
        return self.keys

    def shares_days_with(self, other: Known) -> bool:
        """Return whether there may be a day of which both have entries."""
        return self.first <= other.last and other.first <= self.last

    def is_followed_by(self, other: Known) -> bool:
        """Return whether the other one begins where this one ends.

        A statement that ends as it began, such as one of an account that is emptied every evening, fits before and
        after every other one of its day. Then only the numbers tell.
        """
        if self.closing is None or self.closing != other.opening or self.closes > other.opens or self.is_copy_of(other):
            return False
        ends_as_it_began = self.opening == self.closing or other.opening == other.closing
        return self.closes < other.opens or not ends_as_it_began or self._has_number_before(other)

    def _has_number_before(self, other: Known) -> bool:
        mine, its = sequence(self.number), sequence(other.number)
        return None not in (mine, its) and its == (mine or 0) + 1

    def is_copy_of(self, other: Known) -> bool:
        """Return whether both are the same statement."""
        numbers_differ = self.has_number_beside(other) and self.number != other.number
        return self.has_ends_of(other) and not numbers_differ

    def has_ends_of(self, other: Known) -> bool:
        """Return whether both begin and end on the same days with the same balances."""
        ends = (self.opens, self.closes, self.opening, self.closing)
        return ends == (other.opens, other.closes, other.opening, other.closing)

    def has_number_beside(self, other: Known) -> bool:
        """Return whether both have numbers that can be compared.

        Banks that give all statements the number 0 begin their pages at 1 in each file.
        """
        are_counted = _is_counted(self.number) and _is_counted(other.number)
        return bool(self.number and other.number) and (are_counted or self.home == other.home)

    @property
    def label(self) -> str:
        """How sentences name it."""
        number = f"{self.number} " if self.number else ""
        return f"statement {number}of {self.file} (line {self.line})"

    def as_json(self) -> dict[str, Any]:
        """Return it for the record of the import."""
        return {
            "line": self.line,
            "position": self.position,
            "account": self.account,
            "currency": self.currency,
            "number": self.number,
            "opens": self.opens.isoformat(),
            "closes": self.closes.isoformat(),
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "opening": None if self.opening is None else str(self.opening),
            "closing": None if self.closing is None else str(self.closing),
            "days": [[day.day.isoformat(), str(day.opening), str(day.closing), day.entries] for day in self.days],
        }


def sequence(number: str) -> int | None:
    """Return the first part of a statement's number, `12/1`, as a number; None if it is 0, which means that none is."""
    first = number.partition("/")[0]
    return int(first) if first.isascii() and first.isdigit() and _is_counted(number) else None


def _is_counted(number: str) -> bool:
    return bool(number.partition("/")[0].strip("0"))


@dataclass(slots=True)
class Register:
    """All statements that were imported into an inbox.

    Attributes:
        by_account: the statements.
        arrival_days: the arrival days of their files.
        with_accounts: the accounts that were delivered, with the folder of the import.
    """

    by_account: dict[str, list[Known]] = field(default_factory=lambda: defaultdict(list))
    arrival_days: set[date] = field(default_factory=set)
    with_accounts: dict[str, Path] = field(default_factory=dict)
    _by_month: dict[tuple[str, int], list[Known]] = field(default_factory=lambda: defaultdict(list))
    _homes: set[Path] = field(default_factory=set)

    def add(self, known: Known) -> None:
        """Add a statement."""
        self._homes.add(known.home)
        self.by_account[known.account].append(known)
        for month in _months(known):
            self._by_month[known.account, month].append(known)

    def forget(self, home: Path) -> None:
        """Take an import out, because it is done again."""
        if home not in self._homes:
            return
        self._homes.remove(home)
        for statements in (*self.by_account.values(), *self._by_month.values()):
            statements[:] = [each for each in statements if each.home != home]
        self.with_accounts = {account: each for account, each in self.with_accounts.items() if each != home}

    def related(self, new: Known) -> Iterator[tuple[Known, bool]]:
        """Yield the statements that share days with a new one, and whether each has entries of its own."""
        near = list(
            {
                id(each): each
                for month in _months(new)
                for each in self._by_month.get((new.account, month), ())
                if each.shares_days_with(new)
            }.values()
        )
        after, before = _reached(new, near, forward=True), _reached(new, near, forward=False)
        for each in near:
            yield each, id(each) in after or id(each) in before or _is_other_page(each, new)


def _months(known: Known) -> range:
    """Return the months of which a statement has days, as numbers: few statements share one, however many there are."""
    return range(known.first.year * 12 + known.first.month, known.last.year * 12 + known.last.month + 1)


def _reached(start: Known, near: list[Known], *, forward: bool) -> set[int]:
    """Return which statements follow, directly or one after the other, or are followed."""
    found: set[int] = set()
    waiting = [start]
    while waiting:
        one = waiting.pop()
        for other in near:
            follows = one.is_followed_by(other) if forward else other.is_followed_by(one)
            if follows and id(other) not in found:
                found.add(id(other))
                waiting.append(other)
    return found


def _is_other_page(one: Known, other: Known) -> bool:
    """Return whether two statements are pages of one: `12/1` and `12/2`.

    Two that move the balance from the same one to the same one are one page, which two downloads number otherwise. Of
    two that end as they began, such as those of an account that is emptied every evening, only the numbers tell.
    """
    number, _, page = one.number.partition("/")
    other_number, _, other_page = other.number.partition("/")
    is_same_move = one.has_ends_of(other) and None not in (one.opening, one.closing) and one.opening != one.closing
    are_pages = bool(number and page and other_page) and number == other_number and page != other_page
    return are_pages and one.has_number_beside(other) and not is_same_move


def read_register(inbox: Path) -> Register:
    """Read the register of an inbox.

    Args:
        inbox: the inbox.

    Raises:
        TieoutError: a record cannot be read.
    """
    register = Register()
    for home in sorted((inbox / IMPORTS / "banking").glob(HOME)):
        file = home / RECORD
        if not file.is_file():
            continue
        try:
            _add_record(register, home, json.loads(file.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError, ArithmeticError) as error:
            raise TieoutError(
                f"{file} is no record of an import of statements: {error!r}. Remove the folder {home}, and import the "
                "original again."
            ) from None
    return register


def _add_record(register: Register, home: Path, record: dict[str, Any]) -> None:
    if record["arrival_day"]:
        register.arrival_days.add(date.fromisoformat(record["arrival_day"]))
    register.with_accounts.update(dict.fromkeys(record["accounts"], home))
    for each in record["statements"]:
        register.add(
            Known(
                file=record["original"]["file"],
                line=each["line"],
                position=each.get("position"),
                account=each["account"],
                currency=each["currency"],
                number=each["number"],
                opens=date.fromisoformat(each["opens"]),
                closes=date.fromisoformat(each["closes"]),
                first=date.fromisoformat(each["first"]),
                last=date.fromisoformat(each["last"]),
                opening=None if each["opening"] is None else Decimal(each["opening"]),
                closing=None if each["closing"] is None else Decimal(each["closing"]),
                days=[
                    Day(date.fromisoformat(day), Decimal(begin), Decimal(end), count)
                    for day, begin, end, count in each["days"]
                ],
                home=home,
            )
        )


def _read_keys(file: Path, known: Known) -> Keys:
    keys: Keys = {}
    own = _columns_of(known)
    try:
        with file.open(encoding="utf-8", newline="") as source:
            for row in csv.DictReader(source):
                if row["fate"] == "delivered" and all(row[column] == value for column, value in own.items()):
                    _, day, digest, number = row["transaction_id"].rsplit("-", 3)
                    keys.setdefault((day, digest), set()).add(int(number))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TieoutError(
            f"{file} cannot be read: {error!r}. Remove the folder {file.parent}, and import the original again."
        ) from None
    return keys


def _columns_of(known: Known) -> dict[str, str]:
    """Return which values the entries of a statement have in the file of all entries.

    Its line is not enough: XML without line breaks has all statements on one. Earlier versions wrote no position.
    """
    if known.position is not None:
        return {"statement_position": str(known.position)}
    return {"statement_line": str(known.line), "account": known.account, "number": known.number}
