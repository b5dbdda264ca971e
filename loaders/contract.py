"""The bronze contract, read from the dbt sources in `models/bronze/*.yml`.

Those files are the only list of the delivered columns. Everything here is derived from them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from loaders.contract_checks import ContractProblem, check_columns, check_entity_meta, column_meta, is_numeric
from loaders.errors import TieoutError

CONTRACT_FOLDER = Path("models") / "bronze"
RECORD_STATUS = "record_status"
PROJECT_ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Column:
    """One column of a bronze entity.

    Attributes:
        name: the name in the header.
        added_by_landing: true if `tieout land` adds the column; deliveries do not have it.
        is_money: true if landing writes a control total of the column.
        pii: `direct`, `quasi` or None.
        type: the type that silver gives the column, as in the contract; empty for columns that landing writes.
        is_required: true if silver rejects a row without a value.
        codes: the column of a seed with its codes, `seed.column`; None if it has none.
        since: the contract version that added the column.
        when_empty: the column whose value counts where this one is empty; None if there is none.
    """

    name: str
    added_by_landing: bool
    is_money: bool
    pii: str | None
    type: str = ""
    is_required: bool = False
    codes: str | None = None
    since: int = 1
    when_empty: str | None = None


@dataclass(frozen=True)
class Entity:
    """One bronze entity.

    Attributes:
        domain: its domain.
        name: its name.
        columns: its columns, in the order of the file.
        written_by_landing: true for control entities, which cannot be delivered.
        key: the columns of the business key; none for control entities.
        amount: the control amount, by which the audit reconciles the entity; None if it has none.
        expected: when a file must come: `daily`, `business_days`, `monthly` or `none`.
        statement: whether a file must come with a statement of what it holds: `required` or `optional`.
        trailer: the last line of a file: its mark, then what the other fields state; empty if files have none.
        full_export: whether each delivery has all records, or the first arrival day of such deliveries.
    """

    domain: str
    name: str
    columns: tuple[Column, ...]
    written_by_landing: bool
    key: tuple[str, ...] = ()
    amount: str | None = None
    expected: str = "none"
    statement: str = "optional"
    trailer: tuple[str, ...] = ()
    full_export: bool | str = False

    @property
    def is_expected_by_day(self) -> bool:
        """Whether a file must come on most days, so that a day without rows needs a file with only the header."""
        return self.expected in ("daily", "business_days")

    @property
    def bronze_columns(self) -> tuple[str, ...]:
        """All columns of the landed file, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def delivered_columns(self) -> tuple[str, ...]:
        """The header of a delivered file in the newest contract version."""
        return tuple(column.name for column in self.columns if not column.added_by_landing)

    @property
    def money_columns(self) -> tuple[str, ...]:
        """The columns with control totals."""
        return tuple(column.name for column in self.columns if column.is_money)

    @property
    def numeric_columns(self) -> tuple[str, ...]:
        """The delivered columns whose total a source may state."""
        return tuple(column.name for column in self.columns if is_numeric(column.type))

    def headers(self) -> dict[int, tuple[str, ...]]:
        """Return the header of a delivered file by contract version, the newest and longest first.

        Only the versions that added a column to this entity count.
        """
        delivered = [column for column in self.columns if not column.added_by_landing]
        return {
            version: tuple(column.name for column in delivered if column.since <= version)
            for version in sorted({1, *(column.since for column in delivered)}, reverse=True)
        }


@dataclass(frozen=True)
class Contract:
    """All entities of bronze, by (domain, entity)."""

    entities: dict[tuple[str, str], Entity]

    def entity(self, domain: str, name: str) -> Entity:
        """Return one entity, control entities included.

        Raises:
            TieoutError: the contract has no such entity.
        """
        try:
            return self.entities[domain, name]
        except KeyError:
            known = ", ".join(f"{entity.domain}/{entity.name}" for entity in self.deliverable())
            raise TieoutError(
                f"'{domain}/{name}' is not an entity of the bronze contract. The entities are: {known}. "
                f"Rename the file or add the entity to {CONTRACT_FOLDER}/{domain}.yml."
            ) from None

    def deliverable(self) -> list[Entity]:
        """Return the entities that source systems deliver, in the order of the contract."""
        return [entity for entity in self.entities.values() if not entity.written_by_landing]


def project_root() -> Path:
    """Return the folder of the dbt project: `TIEOUT_PROJECT`, or the checkout that contains this package."""
    return Path(os.environ.get("TIEOUT_PROJECT", PROJECT_ROOT))


@cache
def load_contract(folder: Path | None = None) -> Contract:
    """Read the contract from a folder of dbt source files (default: the project's own).

    Raises:
        TieoutError: the folder is missing or empty, or a file breaks the rules of the contract.
    """
    folder = folder or project_root() / CONTRACT_FOLDER
    files = sorted(folder.glob("*.yml"))
    if not files:
        raise TieoutError(
            f"There is no bronze contract in {folder}. Run tieout in a checkout of Tieout, or set TIEOUT_PROJECT."
        )
    entities: dict[tuple[str, str], Entity] = {}
    for file in files:
        for entity in _read_file(file):
            if (entity.domain, entity.name) in entities:
                raise TieoutError(
                    f"{file}: the contract has the entity {entity.domain}/{entity.name} twice. Remove one of them."
                )
            entities[entity.domain, entity.name] = entity
    return Contract(entities)


def read_yaml(file: Path) -> Any:
    """Read a YAML file.

    Raises:
        ValueError: it is not YAML.
        OSError: it cannot be read.
    """
    import yaml  # noqa: PLC0415

    # The C parser is ten times as fast, but not every build of PyYAML has it.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.load(file.read_text(encoding="utf-8"), loader)  # noqa: S506
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from error


def _read_file(file: Path) -> list[Entity]:
    try:
        return [entity for source in read_yaml(file)["sources"] for entity in _entities(source)]
    except ContractProblem as problem:
        raise TieoutError(f"{file}: {problem}") from None
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        raise TieoutError(
            f"{file} is not a file of dbt sources with meta.domain, tables and columns: {error!r}. Correct the file."
        ) from error


def _entities(source: Mapping[str, Any]) -> Iterator[Entity]:
    meta = source["config"]["meta"]
    written_by_landing = meta.get("written_by") == "landing"
    for table in source["tables"]:
        check_columns(table["name"], table["columns"], written_by_landing=written_by_landing)
        defaults = {"expected": meta.get("expected", "none"), "statement": meta.get("statement", "optional")}
        entity_meta = defaults | ((table.get("config") or {}).get("meta") or {})
        if not written_by_landing:
            check_entity_meta(table["name"], entity_meta, table["columns"])
        yield Entity(
            domain=meta["domain"],
            name=table["name"],
            columns=tuple(_column(column) for column in table["columns"]),
            written_by_landing=written_by_landing,
            key=tuple(entity_meta.get("key", ())),
            amount=entity_meta.get("amount"),
            expected=entity_meta["expected"],
            statement=entity_meta["statement"],
            trailer=tuple(entity_meta.get("trailer", ())),
            full_export=entity_meta.get("full_export", False),
        )


def _column(column: Mapping[str, Any]) -> Column:
    meta = column_meta(column)
    return Column(
        name=column["name"],
        added_by_landing=meta.get("added_by") == "landing",
        is_money=meta.get("money", False),
        pii=meta.get("pii"),
        type=meta.get("type", ""),
        is_required=meta.get("required", False),
        codes=meta.get("codes"),
        since=meta.get("since", 1),
        when_empty=meta.get("when_empty"),
    )
