"""The stages of the query that maps rows. Each computes once what the next ones use several times.

Names that begin with two underscores are ours; no source column has such a name.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from loaders.table_import import values
from loaders.table_import.mapping import Numbers
from loaders.table_import.session import text

# What the stages compute: the text of the source, numbers in three steps (bare, digits, signed) and parsed dates, sums,
# the signed amount, its sign and the values that may fail, the values of the contract, and the keys that are made of
# these.
GIVEN, BARE, DIGITS, PARSED, SUMS, MONEY, MADE, VALUE, KEY = range(9)


HASH_LETTERS = 32
"""How many letters of a hash are part of a key."""


@dataclass
class Stages:
    """Selected columns by stage; a stage reads those before it.

    Attributes:
        steps: the SQL by name, of each stage.
        hashed: the contract columns that are a hash and a number among equals.
        failures: by contract column, or `money` and the like, the SQL of whether a row fails and of the reason.
        read: by source column, the SQL of the number or time that was read from it, however it was written.
    """

    steps: list[dict[str, str]] = field(default_factory=lambda: [{} for _ in range(KEY + 1)])
    hashed: list[str] = field(default_factory=list)
    failures: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    read: dict[str, str] = field(default_factory=dict)

    def fail(self, column: str, condition: str, reason: str) -> None:
        """Add a condition under which a row cannot be mapped, and the SQL of the reason."""
        self.failures.setdefault(column, []).append((condition, reason))

    def number(self, key: str, value: str, form: Numbers) -> str:
        """Add a number; return the name of the parsed value."""
        bare, digits, parsed = f'"__b_{key}"', f'"__d_{key}"', f'"__n_{key}"'
        self.steps[BARE][bare] = values.bare_number(value, form)
        self.steps[DIGITS][digits] = values.digits_of(bare, form)
        self.steps[PARSED][parsed] = values.signed_number(bare, digits)
        return parsed

    def query(self, source: str) -> str:
        """Return the query of all stages over a table."""
        for step in self.steps:
            added = "".join(f",\n{sql} as {column}" for column, sql in step.items())
            source = f"(select *{added} from {source})"  # noqa: S608
        return source


def value_of(column: str) -> str:
    """Return the name of the value of a contract column."""
    return f'"__v_{column}"'


def failed(stages: Stages, column: str) -> str:
    """Return the SQL of whether a row fails at a column."""
    return " or ".join(f"({condition})" for condition, _ in stages.failures.get(column, [])) or "false"


def quoting(column: str, value: str, what: str) -> str:
    """Return the SQL of a reason that quotes a value."""
    return f"{text(f'{column}: ')} || coalesce('''' || {value} || ''' ', 'an empty value ') || {text(what)}"


def not_a_number(column: str, value: str, form: Numbers) -> str:
    """Return the SQL of the reason for a text that is no number."""
    return quoting(column, value, f"is no number in the form {values.number_example(form)}")
