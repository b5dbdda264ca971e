"""Forgotten persons of whom a delivery brings personal data again."""

from __future__ import annotations

from pathlib import Path

from loaders.contract import Entity
from loaders.forget.people import PERSONS, in_csv, mentions, opened
from loaders.forget.tombstones import tombstones_of
from loaders.forget.values import is_overwritten
from loaders.landing.records import split_fields


class ReturnedPersons:
    """The persons that the records of a bronze root name as forgotten."""

    def __init__(self, root: Path) -> None:
        """Read the records."""
        self._root = root
        self._keys = {row["customer_id"] for row in tombstones_of(root)}

    def in_file(self, entity: Entity, bronze_file: str) -> list[str]:
        """Return the forgotten persons of whom a landed file has personal data in clear."""
        needles = [in_csv(key) for key in self._keys]
        path = self._root / bronze_file
        if (entity.domain, entity.name) != PERSONS or not needles or not mentions(path, needles):
            return []
        found = set()
        with opened(path) as file:
            header = split_fields(next(file).decode().rstrip("\n"))
            key = header.index(entity.key[0])
            personal = [header.index(column.name) for column in entity.columns if column.pii == "direct"]
            for line in file:
                if any(needle in line for needle in needles):
                    row = split_fields(line.decode().rstrip("\n"))
                    texts = [row[position].strip(" \t") for position in personal]
                    if row[key].strip(" \t") in self._keys and not all(is_overwritten(text) for text in texts if text):
                        found.add(row[key].strip(" \t"))
        return sorted(found)
