"""The bronze contract, read from the dbt sources in `models/bronze/*.yml`.

Those files are the only place where the columns of a delivery stand; everything here is derived from them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from loaders.errors import TieoutError

CONTRACT_FOLDER = Path("models") / "bronze"
PROJECT_ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Column:
    """One column of a bronze entity.

    Attributes:
        name: as it stands in the header.
        added_by_landing: true where `tieout land` adds the column, so that no delivery carries it.
        is_money: an amount in the currency's main unit, added up into a control total.
        pii: `direct`, `quasi` or None.
    """

    name: str
    added_by_landing: bool
    is_money: bool
    pii: str | None


@dataclass(frozen=True)
class Entity:
    """One bronze entity: its domain, name and columns in the order of the file."""

    domain: str
    name: str
    columns: tuple[Column, ...]
    written_by_landing: bool

    @property
    def bronze_columns(self) -> tuple[str, ...]:
        """All columns of the landed file, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def delivered_columns(self) -> tuple[str, ...]:
        """The columns that a delivered file must have, in order: its header."""
        return tuple(column.name for column in self.columns if not column.added_by_landing)

    @property
    def money_columns(self) -> tuple[str, ...]:
        """The columns that landing adds up into control totals."""
        return tuple(column.name for column in self.columns if column.is_money)


@dataclass(frozen=True)
class Contract:
    """All entities of bronze, by (domain, entity)."""

    entities: dict[tuple[str, str], Entity]

    def entity(self, domain: str, name: str) -> Entity:
        """Return one entity, control entities included.

        Raises:
            TieoutError: there is no such entity in the contract.
        """
        try:
            return self.entities[domain, name]
        except KeyError:
            known = ", ".join(f"{entity.domain}/{entity.name}" for entity in self.deliverable())
            raise TieoutError(
                f"'{domain}/{name}' is no entity of the bronze contract; it knows {known}. "
                f"Rename the file or add the entity to {CONTRACT_FOLDER}/{domain}.yml."
            ) from None

    def deliverable(self) -> list[Entity]:
        """Return the entities that deliveries may carry, in the order of the contract."""
        return [entity for entity in self.entities.values() if not entity.written_by_landing]


def project_root() -> Path:
    """Return the folder of the dbt project: `TIEOUT_PROJECT`, or the checkout this package stands in."""
    return Path(os.environ.get("TIEOUT_PROJECT", PROJECT_ROOT))


@cache
def load_contract(folder: Path | None = None) -> Contract:
    """Read the contract from a folder of dbt source files (default: the project's own).

    Raises:
        TieoutError: the folder is missing or empty, or a file is not the YAML of dbt sources.
    """
    folder = folder or project_root() / CONTRACT_FOLDER
    files = sorted(folder.glob("*.yml"))
    if not files:
        raise TieoutError(
            f"There is no bronze contract in {folder}: run from a checkout of Tieout or set TIEOUT_PROJECT."
        )
    entities: dict[tuple[str, str], Entity] = {}
    for file in files:
        try:
            for source in yaml.safe_load(file.read_text(encoding="utf-8"))["sources"]:
                for entity in _entities(source):
                    entities[entity.domain, entity.name] = entity
        except (yaml.YAMLError, KeyError, TypeError) as error:
            raise TieoutError(
                f"{file} is not a file of dbt sources with meta.domain and columns: {error!r}."
            ) from error
    return Contract(entities)


def _entities(source: dict[str, Any]) -> list[Entity]:
    meta = source["config"]["meta"]
    written_by_landing = meta.get("written_by") == "landing"
    return [
        Entity(
            meta["domain"],
            table["name"],
            tuple(_column(column) for column in table["columns"]),
            written_by_landing,
        )
        for table in source["tables"]
    ]


def _column(column: dict[str, Any]) -> Column:
    meta = column.get("config", {}).get("meta", {})
    return Column(
        name=column["name"],
        added_by_landing=meta.get("added_by") == "landing",
        is_money=bool(meta.get("money", False)),
        pii=meta.get("pii"),
    )
