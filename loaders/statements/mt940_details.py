"""What MT940 says about an entry besides its amount: the second line of :61:, and :86: in the forms of many banks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

# German and Polish banks: a code of three digits, a separator, and fields of two digits: 166?00GUTSCHRIFT?20...
_FIELDS = re.compile(r"\s*\d{3}([?>^~])\d\d")
_NAMES = ("32", "33")
_ACCOUNTS = ("31", "38")
# Dutch and other banks: /IBAN/NL.../NAME/... . An amount in another currency, and charges.
_CODED_NAME = re.compile(r"/NAME/([^/]+)")
_CODED_IBAN = re.compile(r"/IBAN/([A-Z]{2}\d\d[A-Z0-9]{10,30})")
_ORIGINAL = re.compile(r"/OCMT/([A-Z]{3})(\d+(?:,\d*)?)")
_CHARGES = re.compile(r"/CHGS/([A-Z]{3})(\d+(?:,\d*)?)")


@dataclass(frozen=True, slots=True)
class Details:
    """What is known of an entry: `text` is all of it, `original` and `charges` are amounts such as `4.50 EUR`."""

    text: str
    name: str
    account: str
    original: str
    charges: str


def details_of(supplement: Sequence[str], description: Sequence[str]) -> Details:
    """Return the details of an entry.

    Args:
        supplement: the lines of :61: after the first.
        description: the lines of :86:.
    """
    joined = "".join(description)
    everything = " ".join((*supplement, joined))
    fields = _fields(joined)
    name = " ".join("".join(fields.get(each, "") for each in _NAMES).split())
    account = next((fields[each] for each in _ACCOUNTS if each in fields), "")
    if not fields:
        name = _first(_CODED_NAME, joined)
        account = _first(_CODED_IBAN, joined)
    return Details(
        " ".join(everything.split()),
        name,
        account.strip(),
        _amount(_ORIGINAL, everything),
        _amount(_CHARGES, everything),
    )


def _fields(joined: str) -> dict[str, str]:
    found = _FIELDS.match(joined)
    if not found:
        return {}
    fields: dict[str, str] = {}
    for part in joined.split(found[1])[1:]:
        if part[:2].isdigit():
            fields.setdefault(part[:2], part[2:])
    return fields


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1].strip() if found else ""


def _amount(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return f"{found[2].rstrip(',').replace(',', '.')} {found[1]}" if found else ""
