"""Whose a row is: the entities with personal data, and what bronze has of one person."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from loaders.contract import CONTRACT_FOLDER, Column, Contract, Entity
from loaders.errors import TieoutError
from loaders.forget.values import TOKEN_BYTES, is_overwritten
from loaders.landing.manifests import CONTROL, MALFORMED
from loaders.landing.records import split_fields

PERSONS = ("banking", "customers")
"""The entity with one key per person."""

DISTINCTIVE_CHARACTERS = 8
"""A value of at least so many characters, such as an address, identifies its person where the key is missing."""

_PIECE_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class Holding:
    """An entity with personal data.

    Attributes:
        entity: the entity.
        owner_column: the column that says whose a row is: the person's key, or the key of what belongs to the person.
        owner: the entity of `owner_column`'s keys, such as accounts; None where the column has the person's key.
        personal: the columns with personal data.
    """

    entity: Entity
    owner_column: str
    owner: Entity | None
    personal: tuple[Column, ...]


@dataclass
class Person:
    """What bronze has of one person.

    Attributes:
        key: the person's key.
        owned: the keys of what has ever belonged to the person, by entity, such as the accounts.
        values: the values that identify the person without the key, by column.
        is_known: whether a row has the key.
    """

    key: str
    owned: dict[Entity, set[str]] = field(default_factory=dict)
    values: set[tuple[str, str]] = field(default_factory=set)
    is_known: bool = False

    def keys(self, holding: Holding) -> set[str]:
        """Return the values of the owner column of the person's rows."""
        return {self.key} if holding.owner is None else self.owned.get(holding.owner, set())

    def words(self) -> set[str]:
        """Return everything that shows that a malformed line is about the person."""
        owned = {key for keys in self.owned.values() for key in keys}
        return {self.key} | owned | {value for _, value in self.values}


def persons(contract: Contract) -> Entity:
    """Return the entity with one key per person."""
    return contract.entity(*PERSONS)


def holdings(contract: Contract) -> list[Holding]:
    """Return the entities with personal data, as the contract tags it.

    Raises:
        TieoutError: an entity has personal data, and no column says whose it is; or a type cannot be overwritten.
    """
    (key,) = persons(contract).key
    found = []
    for entity in contract.deliverable():
        personal = tuple(column for column in entity.columns if column.pii)
        if not personal:
            continue
        for column in personal:
            bytes_of_text = int(column.type[5:-1]) if column.type.startswith("text(") else 0
            if column.type != "date" and bytes_of_text < TOKEN_BYTES:
                raise TieoutError(
                    f"{CONTRACT_FOLDER}/{entity.domain}.yml: {entity.name}.{column.name} is personal data of the type "
                    f"{column.type}, and only dates and texts of at least {TOKEN_BYTES} bytes can be overwritten. "
                    "Correct the type."
                )
        if key in entity.bronze_columns:
            found.append(Holding(entity, key, None, personal))
            continue
        owners = [
            owner
            for owner in contract.deliverable()
            if len(owner.key) == 1 and owner.key[0] in entity.bronze_columns and key in owner.bronze_columns
        ]
        if not owners:
            raise TieoutError(
                f"{CONTRACT_FOLDER}/{entity.domain}.yml: {entity.name} has personal data, and no column says whose it "
                f"is. Add the column {key}."
            )
        found.extend(Holding(entity, owner.key[0], owner, personal) for owner in owners)
    return found


def find_person(root: Path, contract: Contract, key: str) -> Person:
    """Read what bronze has of a person."""
    person = Person(key)
    column = persons(contract).key[0]
    personal = [each.name for each in persons(contract).columns if each.pii == "direct"]
    for row in _rows(root, persons(contract), column, key):
        person.is_known = True
        for name in personal:
            value = row.get(name, "").strip(" \t")
            if len(value) >= DISTINCTIVE_CHARACTERS and not is_overwritten(value):
                person.values.add((name, value))
    for owner in {holding.owner for holding in holdings(contract)} - {None}:
        assert owner is not None
        for row in _rows(root, owner, column, key):
            person.is_known = True
            owned = row.get(owner.key[0], "").strip(" \t")
            if owned:
                person.owned.setdefault(owner, set()).add(owned)
    word = word_pattern({key})
    person.is_known = person.is_known or any(
        word.search(line.decode("utf-8", "replace"))
        for path in malformed_files(root)
        for line in path.read_bytes().split(b"\n")[1:]
    )
    return person


def word_pattern(words: set[str]) -> re.Pattern[str]:
    """Return a pattern that finds one of several texts where no letter, digit, - or _ is beside it."""
    choices = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<![\w-])(?:{choices})(?![\w-])")


def entity_files(root: Path, entity: Entity) -> list[Path]:
    """Return the bronze files of an entity by arrival day and name."""
    return sorted((root / entity.domain / entity.name).glob("dt=*/*.csv*"))


def malformed_files(root: Path) -> list[Path]:
    """Return the files with malformed lines."""
    return sorted((root / CONTROL / MALFORMED).glob("dt=*/*.csv"))


def opened(path: Path) -> BinaryIO:
    """Open a bronze file to read its text."""
    return cast("BinaryIO", gzip.open(path, "rb")) if path.suffix == ".gz" else path.open("rb")


def in_csv(value: str) -> bytes:
    """Return a value as it stands in a line of bronze, without the quotes around it."""
    return value.replace('"', '""').encode()


def mentions(path: Path, needles: list[bytes]) -> bool:
    """Return whether a file contains one of several texts."""
    overlap = max(map(len, needles), default=1) - 1
    with opened(path) as file:
        before = b""
        while piece := file.read(_PIECE_BYTES):
            text = before + piece
            if any(needle in text for needle in needles):
                return True
            before = text[-overlap:] if overlap else b""
    return False


def _rows(root: Path, entity: Entity, column: str, key: str) -> Iterator[dict[str, str]]:
    """Yield the rows of an entity in which a column has a value."""
    needle = in_csv(key)
    for path in entity_files(root, entity):
        if not mentions(path, [needle]):
            continue
        with opened(path) as file:
            header = split_fields(next(file).decode().rstrip("\n"))
            for line in file:
                if needle in line:
                    row = dict(zip(header, split_fields(line.decode().rstrip("\n")), strict=True))
                    if row[column].strip(" \t") == key:
                        yield row
