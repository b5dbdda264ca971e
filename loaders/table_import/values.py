"""The SQL of values: numbers, dates and codes in the source's form become those of the contract.

Each function takes the SQL of a text and returns SQL. The result is null where the text does not have the form; nothing
raises an error for a single row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as Dict

from loaders.table_import.mapping import Numbers
from loaders.table_import.session import text

ISO_FORMATS = (
    "%Y-%m-%d",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S.%f",
    "%Y-%m-%dT%H:%M:%S.%f",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%dT%H:%M:%S%z",
    "%Y-%m-%d %H:%M:%S%z",
    "%Y-%m-%dT%H:%M:%S.%f%z",
    "%Y-%m-%d %H:%M:%S.%f%z",
)
"""The dates and times that need no format in the mapping."""

EARLIEST = "1000-01-01"
"""An earlier day is a year of two digits that was read as four."""

_SIGNS = "()+- \u2212"
_MINUS = "[-\u2212]"
_MOST_DIGITS = 28


def number(value: str, form: Numbers) -> str:
    """Return the SQL of a number in the form of the contract: a minus sign, digits, a point, decimals."""
    bare = bare_number(value, form)
    return signed_number(bare, digits_of(bare, form))


def bare_number(value: str, form: Numbers) -> str:
    """Return the SQL of a number's text without currency marks and hard blanks."""
    for mark in form.remove:
        value = f"replace({value}, {text(mark)}, '')"
    if form.grouping == " ":
        value = f"replace(replace({value}, chr(160), ' '), chr(8239), ' ')"
    return f"trim({value}, ' ' || chr(160))" if form.remove else value


def digits_of(bare: str, form: Numbers) -> str:
    """Return the SQL of the digits of a bare number, with a point and without leading zeros; null if it is none."""
    digits = f"trim({bare}, {text(_SIGNS)})"
    if form.grouping:
        digits = f"replace({digits}, {text(form.grouping)}, '')"
    if form.decimal != ".":
        digits = f"replace({digits}, {text(form.decimal)}, '.')"
    return (
        f"case when regexp_full_match({bare}, {text(number_pattern(form))}) then ltrim(rtrim({digits}, '.'), '0') end"
    )


def signed_number(bare: str, digits: str) -> str:
    """Return the SQL of a number by its bare text and its digits."""
    minus = "'-', '\u2212'"
    negative = f"left({bare}, 1) in ('(', {minus}) or right({bare}, 1) in ({minus})"
    return (
        f"case when {negative} then '-' else '' end || case when left({digits}, 1) in ('', '.') then '0' else '' end "
        f"|| {digits}"
    )


def shortest(canonical: str) -> str:
    """Return the SQL of a number in the form of the contract without trailing zeros; zero has no sign."""
    short = f"case when contains({canonical}, '.') then rtrim(rtrim({canonical}, '0'), '.') else {canonical} end"
    return f"case when {short} = '-0' then '0' else {short} end"


def number_pattern(form: Numbers) -> str:
    """Return the pattern of a number. Marks between thousands stand between groups of three digits, or nowhere."""
    mark, point = re.escape(form.grouping).replace("\\ ", " "), re.escape(form.decimal)
    whole = rf"[0-9]{{1,{_MOST_DIGITS}}}"
    if mark:
        whole = rf"(?:[0-9]{{1,3}}(?:{mark}[0-9]{{3}}){{1,9}}|{whole})"
    body = rf"(?:{whole}(?:{point}[0-9]*)?|{point}[0-9]+)"
    forms = [rf"[+]? ?{body}"]
    if "leading" in form.negative:
        forms.append(rf"{_MINUS} ?{body}")
    if "trailing" in form.negative:
        forms.append(rf"{body} ?(?:{_MINUS}|[+])")
    if "parentheses" in form.negative:
        forms.append(rf"[(] ?{body} ?[)]")
    return "|".join(forms)


def number_example(form: Numbers) -> str:
    """Return a number in this form, for messages."""
    return f"1{form.grouping}234{form.decimal}56"


def decimal(canonical: str) -> str:
    """Return the SQL of the number for sums."""
    # The wide type is a hundred times slower to read, and hardly any amount needs it.
    return f"""case when regexp_full_match({canonical}, '-?[0-9]{{1,13}}([.][0-9]{{1,4}})?')
        then cast(cast({canonical} as decimal(18, 4)) as decimal(38, 10))
        else try_cast({canonical} as decimal(38, 10))
    end"""


def has_time(form: str) -> bool:
    """Return whether a date format has a time of day."""
    return any(part in form for part in ("%H", "%I", "%c", "%X"))


def has_offset(form: str) -> bool:
    """Return whether a date format has an offset from UTC or a time zone."""
    return "%z" in form or "%Z" in form


def parsed(value: str, form: str) -> str:
    """Return the SQL of a text as a timestamp, null if it does not have the format or its year has two digits only."""
    found = f"try_strptime({value}, {text(form)})"
    local = f"timezone('UTC', {found})" if has_offset(form) else found
    return f"case when {local} >= timestamp {text(EARLIEST)} then {local} end"


def as_date(moment: str, form: str, time_zone: str) -> str:
    """Return the SQL of the date of a parsed text. A time with an offset has its date in the time zone."""
    local = f"timezone({text(time_zone)}, timezone('UTC', {moment}))" if has_offset(form) else moment
    return f"cast(cast({local} as date) as varchar)"


def as_time(moment: str, form: str, time_zone: str) -> str:
    """Return the SQL of the time in UTC of a parsed text; of a text without a time of day, the date alone."""
    if not has_time(form):
        return f"cast(cast({moment} as date) as varchar)"
    if has_offset(form) or time_zone == "UTC":
        return f"cast({moment} as varchar)"
    return f"cast({in_utc(moment, time_zone)} as varchar)"


def in_utc(moment: str, time_zone: str) -> str:
    """Return the SQL of a local time in UTC; null for an hour that the change of the clocks leaves out."""
    zone = text(time_zone)
    utc = f"timezone('UTC', timezone({zone}, {moment}))"
    return f"case when timezone({zone}, timezone('UTC', {utc})) = {moment} then {utc} end"


def translated(value: str, codes: Dict[str, str], otherwise: str | None) -> str:
    """Return the SQL of a code by its translation."""
    cases = " ".join(f"when {value} = {text(theirs)} then {text(ours)}" for theirs, ours in codes.items())
    rest = f" when {value} is not null then {text(otherwise)}" if otherwise is not None else ""
    return f"case {cases}{rest} end"
