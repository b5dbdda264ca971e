"""What a generated bank or shop has delivered, for tests that look only at the delivered rows."""

from __future__ import annotations

import csv
from functools import cached_property

from loaders.contract import load_contract, project_root
from loaders.deliveries import Inbox
from loaders.generate.command import write
from loaders.generate.settings import Settings
from tests.python.loaders.conftest import InboxReader

Row = dict[str, str]
Key = tuple[str, ...]

ENTITIES = {entity.name: entity for entity in load_contract().deliverable()}
BANKING = [name for name, entity in ENTITIES.items() if entity.domain == "banking"]
COMMERCE = [name for name, entity in ENTITIES.items() if entity.domain == "commerce"]
KEYS = {name: entity.key for name, entity in ENTITIES.items()}


def key_of(entity: str, row: Row) -> Key:
    return tuple(row[column] for column in KEYS[entity])


class Delivered:
    """The deliveries of one run.

    Attributes:
        settings: the arguments of the run.
        inbox: the inbox.
    """

    def __init__(self, settings: Settings, inbox: InboxReader) -> None:
        write(settings, Inbox(inbox.root))
        self.settings = settings
        self.inbox = inbox
        self._rows: dict[str, list[Row]] = {}

    def rows(self, entity: str) -> list[Row]:
        """All rows of an entity in the order of their arrival, each with its arrival day as `dt`."""
        if entity not in self._rows:
            self._rows[entity] = self.inbox.rows(entity)
        return self._rows[entity]

    @cached_property
    def latest(self) -> dict[str, dict[Key, Row]]:
        """By entity, the latest version of each key."""
        return {
            name: {key_of(name, row): row for row in sorted(self.rows(name), key=lambda row: row["dt"])}
            for name in ENTITIES
        }

    @cached_property
    def history(self) -> dict[str, dict[Key, list[Row]]]:
        """By entity and key, the versions in the order of their arrival."""
        found: dict[str, dict[Key, list[Row]]] = {name: {} for name in ENTITIES}
        for name, versions in found.items():
            for row in self.rows(name):
                versions.setdefault(key_of(name, row), []).append(row)
        return found

    @cached_property
    def labels(self) -> list[Row]:
        """The labels of the fraudulent transactions."""
        with (self.inbox.root.parent / "truth" / "fraud.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


def seed_codes(name: str, column: str) -> list[str]:
    """The values of one column of a seed."""
    with (project_root() / "seeds" / "reference" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [row[column] for row in csv.DictReader(file)]


def signs() -> dict[str, int]:
    """The sign of each transaction type."""
    names = seed_codes("transaction_types", "transaction_type_name")
    return dict(zip(names, map(int, seed_codes("transaction_types", "amount_sign")), strict=True))
