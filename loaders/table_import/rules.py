"""The stages of each contract column, by the rule that the mapping has for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from loaders.table_import import values
from loaders.table_import.expressions import parse_expression
from loaders.table_import.loaded import LoadedMapping
from loaders.table_import.mapping import Rule
from loaders.table_import.money import add_money
from loaders.table_import.session import name, text
from loaders.table_import.stages import (
    GIVEN,
    HASH_LETTERS,
    KEY,
    MADE,
    PARSED,
    VALUE,
    Stages,
    not_a_number,
    quoting,
    value_of,
)

Typed = Callable[[str], str]
"""Returns the type of a checked SQL expression over the source columns."""

ALL = ("all",)
"""Stands for all source columns in `hash_of`."""


def stages_of(loaded: LoadedMapping, names: Sequence[str], typed: Typed, arrival_day: str | None) -> Stages:
    """Return the stages of a mapping.

    Args:
        loaded: the mapping.
        names: the source columns.
        typed: the types of SQL expressions.
        arrival_day: the arrival day of the whole file; None if a column has it.
    """
    stages = Stages()
    _add_arrival_day(stages, loaded, arrival_day)
    if loaded.mapping.money:
        add_money(stages, loaded.mapping.money, loaded.mapping.numbers)
    # A hash may have values that other rules read.
    for column, rule in sorted(loaded.rules().items(), key=lambda each: each[1].hash_of is not None):
        _Column(stages, loaded, column, rule, names, typed).add()
    return stages


def _add_arrival_day(stages: Stages, loaded: LoadedMapping, arrival_day: str | None) -> None:
    if arrival_day is not None:
        stages.steps[PARSED]["__day"] = f"date {text(arrival_day)}"
        return
    arrival = loaded.mapping.files.arrival_day
    column = name(arrival.column if arrival and arrival.column else "")
    dates = loaded.mapping.dates
    forms = dates.formats or values.ISO_FORMATS
    found = [values.parsed(column, form) for form in forms]
    days = ", ".join(values.as_date(moment, form, dates.time_zone) for moment, form in zip(found, forms, strict=True))
    stages.steps[PARSED]["__day"] = f"cast(coalesce({days}) as date)"
    stages.read[column] = f"cast(coalesce({', '.join(found)}) as varchar)"
    stages.fail("arrival_day", "__day is null", quoting("arrival_day", column, "is no day in a form of dates.formats"))


class _Column:
    """Adds the stages of one contract column."""

    def __init__(  # noqa: PLR0917
        self, stages: Stages, loaded: LoadedMapping, column: str, rule: Rule, names: Sequence[str], typed: Typed
    ) -> None:
        self.stages = stages
        self.column = column
        self.rule = rule
        self.names = names
        self.typed = typed
        self.numbers = rule.numbers or loaded.mapping.numbers
        own, general = rule.dates or loaded.mapping.dates, loaded.mapping.dates
        self.formats = own.formats or general.formats
        self.zone = own.time_zone if "time_zone" in own.model_fields_set else general.time_zone
        self.kind = next(each.type for each in loaded.entity.columns if each.name == column).partition("(")[0]
        self.given = f'"__a_{column}"'

    def add(self) -> None:
        rule, steps = self.rule, self.stages.steps
        if rule.hash_of is not None:
            columns = self.names if rule.hash_of == ALL else rule.hash_of
            self._hash(columns, rule.scope or ())
            return
        value = self._value()
        if rule.when_empty is not None and rule.constant is None:
            # An empty value, not one that failed.
            value = f"coalesce({value}, {text(rule.when_empty)})"
        if rule.scope:
            plain = f'"__id_{self.column}"'
            steps[VALUE][plain] = value
            parts = " || '-' || ".join(map(value_of, rule.scope))
            steps[KEY][value_of(self.column)] = f"{parts} || '-' || {plain}"
            for scope in rule.scope:
                self.stages.fail(self.column, f"{value_of(scope)} is null", text(f"{self.column}: {scope} is empty"))
        else:
            steps[VALUE][value_of(self.column)] = value

    def _value(self) -> str:
        rule = self.rule
        if rule.constant is not None:
            return text(rule.constant)
        if rule.money:
            return "__money_text" if rule.money == "without_sign" else "__money"
        if rule.by_sign:
            return (
                f"case when __money_sum < 0 then {text(rule.by_sign.debit)} "
                f"when __money_sum >= 0 then {text(rule.by_sign.credit)} end"
            )
        if rule.arrival_day:
            return "cast(__day as varchar)"
        if rule.sql is not None:
            return self._sql(parse_expression(rule.sql).sql)
        return self._text(name(rule.column or ""))

    def _sql(self, expression: str) -> str:
        found, kind = f"try({expression})", self.typed(expression)
        self.stages.fail(
            self.column,
            f"try(({expression}) is null) is null",
            text(f"{self.column}: the expression fails for this row"),
        )
        if kind == "VARCHAR":
            return self._text(f"nullif(trim({found}), '')")
        first = self.stages.steps[GIVEN]
        if kind.startswith("TIMESTAMP") or kind == "DATE":
            moment = f"timezone('UTC', {found})" if "TIME ZONE" in kind else found
            first[self.given] = moment
            return self._moment(self.given, is_utc="TIME ZONE" in kind, is_day=kind == "DATE")
        if kind in ("DOUBLE", "FLOAT"):
            found = f"try_cast({found} as decimal(38, 6))"
        first[self.given] = f"cast({found} as varchar)"
        return self.given

    def _moment(self, moment: str, *, is_utc: bool, is_day: bool) -> str:
        if self.kind == "date" or is_day:
            local = f"timezone({text(self.zone)}, timezone('UTC', {moment}))" if is_utc else moment
            return f"cast(cast({local} as date) as varchar)"
        if is_utc or self.zone == "UTC" or self.kind not in ("utc_time", "update_time"):
            return f"cast({moment} as varchar)"
        return self._checked(f"cast({values.in_utc(moment, self.zone)} as varchar)", self._gap())

    def _text(self, given: str) -> str:
        """Return the value of a text by the type of the contract column."""
        rule = self.rule
        self.stages.steps[GIVEN][self.given] = given
        if rule.codes:
            return self._checked(
                values.translated(self.given, rule.codes, rule.otherwise),
                quoting(self.column, self.given, "is not among the codes"),
            )
        if self.kind in ("amount", "decimal", "integer"):
            number = self.stages.number(self.column, self.given, self.numbers)
            self.stages.read[given] = values.shortest(number)
            return self._checked(number, not_a_number(self.column, self.given, self.numbers))
        if self.kind in ("date", "utc_time", "update_time"):
            return self._date(given)
        return self.given

    def _date(self, given: str) -> str:
        forms = self.formats or values.ISO_FORMATS
        moments = [f'"__p{number}_{self.column}"' for number in range(len(forms))]
        made = []
        for moment, form in zip(moments, forms, strict=True):
            self.stages.steps[PARSED][moment] = values.parsed(self.given, form)
            made.append((values.as_date if self.kind == "date" else values.as_time)(moment, form, self.zone))
        self.stages.read[given] = f"cast(coalesce({', '.join(moments)}) as varchar)"
        shown = " or ".join(forms) if self.formats else "YYYY-MM-DD, with or without a time"
        reason = quoting(self.column, self.given, f"is no date in the form {shown}")
        if self.kind != "date" and self.zone != "UTC":
            found = " or ".join(f"{moment} is not null" for moment in moments)
            reason = f"case when {found} then {self._gap()} else {reason} end"
        return self._checked(f"coalesce({', '.join(made)})", reason)

    def _gap(self) -> str:
        return quoting(
            self.column,
            f"cast({self.given} as varchar)",
            f"is a time that the change of the clocks left out in {self.zone}",
        )

    def _checked(self, made: str, reason: str) -> str:
        """Add a failure: there was something, and nothing came of it."""
        result = f'"__r_{self.column}"'
        self.stages.steps[MADE][result] = made
        self.stages.fail(self.column, f"{self.given} is not null and {result} is null", reason)
        return result

    def _hash(self, columns: Sequence[str], scope: Sequence[str]) -> None:
        """Add the hash of values, each with its length before it, with the number 1."""
        parts = [*map(value_of, scope), *map(self._part, columns)]
        joined = " || ".join(f"coalesce(length({part}) || ':' || {part}, '-')" for part in parts)
        self.stages.steps[KEY][value_of(self.column)] = f"left(sha256({joined}), {HASH_LETTERS}) || '-1'"
        self.stages.hashed.append(self.column)

    def _part(self, column: str) -> str:
        """Return the SQL of what a hash has of a source column: its text, or by value what was read from it."""
        given = name(column)
        if self.rule.by == "text" or given not in self.stages.read:
            return given
        part = name(f"__k_{column}")
        self.stages.steps[MADE][part] = f"coalesce({self.stages.read[given]}, {given})"
        return part


def source_columns(loaded: LoadedMapping) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield the source columns that the mapping names outside of expressions, each with its place."""
    mapping = loaded.mapping
    if mapping.files.arrival_day and mapping.files.arrival_day.column:
        yield ("files", "arrival_day", "column"), mapping.files.arrival_day.column
    if mapping.money:
        for key in ("column", "debit", "credit"):
            if getattr(mapping.money, key):
                yield ("money", key), getattr(mapping.money, key)
        if mapping.money.direction:
            yield ("money", "direction", "column"), mapping.money.direction.column
    for column, rule in mapping.columns.items():
        if rule.column is not None:
            yield ("columns", column, "column"), rule.column
        for each in () if rule.hash_of in (None, ALL) else rule.hash_of or ():
            yield ("columns", column, "hash_of"), each
