"""What the readers of all formats make of a file: statements with entries."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


class UnreadableError(ValueError):
    """A value that cannot be read; the text is the reason why."""


@dataclass(frozen=True, slots=True)
class Balance:
    """A booked balance.

    Attributes:
        day: its date.
        amount: with its sign; negative if the account is overdrawn.
        currency: its currency; empty if only the account has one.
    """

    day: date
    amount: Decimal
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A booked entry.

    Attributes:
        line: where it begins in the file.
        booked_on: the booking date; None if the bank does not say it.
        valued_on: the value date; None if the bank does not say it.
        amount: in the account's currency, with its sign.
        currency: the currency of the amount; empty if only the account has one.
        reference: the bank's own reference; empty if there is none.
        text: everything else that the bank says about it, without line breaks.
        code: the bank's code of what it is.
        is_reversal: whether it takes back an earlier entry.
        is_cash, is_card: whether it is cash at a machine or counter, or a card in a shop.
        name, counterparty: the other side and its account.
        original: the amount and the currency that were ordered, such as `4.50 EUR`; empty if there are none.
        charges: the bank's charges in the entry, such as `0.50 EUR`.
        count: how many payments it adds up.
    """

    line: int
    booked_on: date | None
    valued_on: date | None
    amount: Decimal
    currency: str = ""
    reference: str = ""
    text: str = ""
    code: str = ""
    is_reversal: bool = False
    is_cash: bool = False
    is_card: bool = False
    name: str = ""
    counterparty: str = ""
    original: str = ""
    charges: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True)
class Aside:
    """An entry that is not delivered.

    Attributes:
        line: where it begins in the file.
        reason: why.
        raw: its text in the file.
        amount: without sign; None if it cannot be read.
        day: its day; None if it cannot be read.
    """

    line: int
    reason: str
    raw: str
    amount: Decimal | None = None
    day: date | None = None


@dataclass(slots=True)
class Statement:
    """One statement of one account.

    Attributes:
        line: where it begins in the file.
        position: which statement of the file it is, from 1 on.
        account: the account's IBAN or number.
        number: the number that the bank gives it, such as `12/1` for its first page.
        currency: the account's currency.
        opening, closing: the booked balances.
        entries: the booked entries that can be read.
        broken: entries that cannot be read.
        left_out: what is not booked.
        owner: the name of the account's owner.
        account_type: a code of the seed account_types.
        interim: what it is, if its entries come again in a statement; empty for a statement.
        last_day: the last day of which it has the entries, if it says so.
        made_on: when the bank made it, if it says so.
        problem: why nothing of it can be trusted; empty if there is no reason.
        notes: sentences on what is unusual.
    """

    line: int
    position: int = 0
    account: str = ""
    number: str = ""
    currency: str = ""
    opening: Balance | None = None
    closing: Balance | None = None
    entries: list[Entry] = field(default_factory=list)
    broken: list[Aside] = field(default_factory=list)
    left_out: list[Aside] = field(default_factory=list)
    owner: str = ""
    account_type: str = "Checking"
    interim: str = ""
    last_day: date | None = None
    made_on: date | None = None
    problem: str = ""
    notes: list[str] = field(default_factory=list)

    @property
    def label(self) -> str:
        """How sentences name it."""
        number = f" {self.number}" if self.number else ""
        return f"statement{number} of account {self.account or '(none)'} (line {self.line})"


@dataclass(slots=True)
class StatementFile:
    """What was read from a file.

    Attributes:
        form: the format, such as `MT940`.
        statements: its statements, in order.
        stray: entries outside of any statement.
    """

    form: str
    statements: list[Statement] = field(default_factory=list)
    stray: list[Aside] = field(default_factory=list)
