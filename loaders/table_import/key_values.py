"""The values of source columns in a key: how a number or a date is written does not count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from loaders.table_import import values
from loaders.table_import.loaded import LoadedMapping
from loaders.table_import.mapping import Numbers
from loaders.table_import.session import name
from loaders.table_import.stages import MADE, PARSED, Stages

Form = Numbers | tuple[str, ...]
"""How a number or a date is written."""


def value_parts(stages: Stages, loaded: LoadedMapping, key: str, columns: Sequence[str]) -> Iterator[str]:
    """Add the values of source columns, and yield the SQL of each.

    A number has no leading or trailing zeros, and a date has a time. Other values count by their text: those of columns
    that the mapping reads neither as numbers nor as dates, and those that are none.

    Args:
        stages: of the mapping; the values are added to them.
        loaded: the mapping.
        key: the contract column of the key.
        columns: the source columns.
    """
    forms = _forms(loaded)
    for number, column in enumerate(columns):
        given = name(column)
        form = forms.get(column)
        if form is None:
            yield given
            continue
        made = f'"__k{number}_{key}"'
        if isinstance(form, Numbers):
            found = stages.number(f"k{number}_{key}", given, form)
            short = f"case when contains({found}, '.') then rtrim(rtrim({found}, '0'), '.') else {found} end"
            stages.steps[MADE][made] = f"case when {short} = '-0' then '0' else coalesce({short}, {given}) end"
        else:
            moments = [f'"__k{number}_{each}_{key}"' for each in range(len(form))]
            stages.steps[PARSED].update(zip(moments, (values.parsed(given, each) for each in form), strict=True))
            stages.steps[MADE][made] = f"coalesce(cast(coalesce({', '.join(moments)}) as varchar), {given})"
        yield made


def _forms(loaded: LoadedMapping) -> dict[str, Form]:
    """Return how the source columns are written that the mapping reads as numbers or dates."""
    mapping = loaded.mapping
    types = {column.name: column.type.partition("(")[0] for column in loaded.entity.columns}
    formats = tuple(mapping.dates.formats or values.ISO_FORMATS)
    forms: dict[str, Form] = {}
    for column, rule in loaded.rules().items():
        if rule.column is None or rule.codes:
            continue
        if types[column] in {"amount", "decimal", "integer"}:
            forms[rule.column] = rule.numbers or mapping.numbers
        elif types[column] in {"date", "utc_time", "update_time"}:
            forms[rule.column] = tuple((rule.dates and rule.dates.formats) or formats)
    if mapping.money:
        for source in (mapping.money.column, mapping.money.debit, mapping.money.credit):
            if source:
                forms[source] = mapping.numbers
    if mapping.files.arrival_day and mapping.files.arrival_day.column:
        forms.setdefault(mapping.files.arrival_day.column, formats)
    return forms
