"""The records that `tieout explain` answers for: their entity, their key, and the tables of gold that hold them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from loaders.audit.warehouse import Warehouse, literal
from loaders.contract import RECORD_STATUS, Entity, load_contract
from loaders.errors import TieoutError

_MANY = 10_000
# The names that gold gives to columns of keys, in the order in which they are looked for.
_IN_GOLD = {"currency": ("currency_code",), "effective_date": ("valid_from",)}
# An exchange rate is carried forward, so it is reconciled with nothing row by row.
_MORE_TABLES = {"fx_rates": ("dim_fx_rate",)}

# The tables of gold that hold the records of an entity: those that are reconciled with its silver.
_TABLES = """
select distinct to_layer
from {{audit}}.layer_reconciliation
where domain = {domain} and entity = {entity} and from_layer = 'stg'
order by to_layer
"""


@dataclass(frozen=True)
class Record:
    """A record of a source system.

    Attributes:
        entity: what kind of record it is.
        key: the columns of its key with their values.
    """

    entity: Entity
    key: Mapping[str, str]

    @property
    def shown(self) -> str:
        """The record, for people: `Loan payment P1`."""
        name = self.entity.name.replace("_", " ").removesuffix("s")
        return f"{name[:1].upper()}{name[1:]} {self.business_key}"

    @property
    def business_key(self) -> str:
        """The key as the audit writes it."""
        return "/".join(self.key.values())

    @property
    def base(self) -> str:
        """The table of silver with every delivered row."""
        return f"base_{self.entity.domain}__{self.entity.name}"

    @property
    def stg(self) -> str:
        """The table of silver with the latest rows."""
        return f"stg_{self.entity.domain}__{self.entity.name}"

    @property
    def snapshot(self) -> str:
        """The table of silver with what was known when, of an entity with versions."""
        return f"snap_{self.entity.domain}__{self.entity.name}"

    @property
    def status(self) -> str | None:
        """The column with the status by the source's books, such as `loan_status`; none if it has none."""
        names = [name for name in self.entity.delivered_columns if name.endswith("_status") and name != RECORD_STATUS]
        return names[0] if names else None

    @property
    def currency(self) -> str | None:
        """The column with the currency of the control amount; none if the entity has no money, or none of its own."""
        return "currency" if self.entity.amount and "currency" in self.entity.delivered_columns else None

    def where(self) -> str:
        """The condition on rows of silver."""
        types = {column.name: column.type for column in self.entity.columns}
        return " and ".join(f"{column} = {_typed(column, value, types[column])}" for column, value in self.key.items())

    def where_in(self, columns: Iterable[str], alias: str) -> str | None:
        """Return the condition on rows of a table of gold, by the names of its key there; none if it has no key."""
        held, found = set(columns), []
        types = {column.name: column.type for column in self.entity.columns}
        for column, value in self.key.items():
            names = (*_IN_GOLD.get(column, ()), f"delivered_{column}", column)
            name = next((name for name in names if name in held), None)
            if name is None:
                return None
            found.append(f"{alias}.{name} = {_typed(column, value, types[column])}")
        return " and ".join(found)

    def tables(self, warehouse: Warehouse) -> list[str]:
        """Return the tables of gold that hold the record or its versions."""
        of_entity = {"domain": literal(self.entity.domain), "entity": literal(self.entity.name)}
        reconciled = [row["to_layer"] for row in warehouse.rows(_TABLES.format(**of_entity))]
        return [*reconciled, *_MORE_TABLES.get(self.entity.name, ())]


def find_record(warehouse: Warehouse, words: list[str]) -> Record | None:
    """Return the record that the words of a command mean.

    Args:
        warehouse: the warehouse, which is searched for a key without an entity.
        words: the entity and its key, or only a key of one column.

    Returns:
        None if there is only a key, and no entity has loaded a row with it.

    Raises:
        TieoutError: there is no such entity, its key has other columns, or several entities have the key.
    """
    entity = _entity(words[0])
    if entity is None or (len(words) == 1 and len(entity.key) == 1 and _holders(warehouse, words[0])):
        if len(words) > 1:
            names = [entity.name for entity in load_contract().deliverable()]
            close = get_close_matches(words[0].replace(" ", "_"), names, n=2)
            hint = f"; did you mean {' or '.join(close)}?" if close else ""
            raise TieoutError(f"'{words[0]}' is no entity{hint}. The entities are: {', '.join(names)}.")
        holders = _holders(warehouse, words[0])
        if len(holders) > 1:
            ways = " or ".join(f"tieout explain {holder.name} {words[0]}" for holder in holders)
            raise TieoutError(f"'{words[0]}' is a key of several entities. Name the entity: {ways}.")
        return Record(holders[0], {holders[0].key[0]: words[0]}) if holders else None
    return Record(entity, _key(entity, words[1:]))


def close_keys(warehouse: Warehouse, record: Record) -> list[str]:
    """Return keys that look like the key of a record that was not found."""
    columns = ", ".join(record.key)
    held = warehouse.rows(
        f"select distinct {columns} from {{silver}}.{record.stg} order by {columns} limit {_MANY}"  # noqa: S608
    )
    keys = {" ".join(str(value) for value in row.values()) for row in held}
    return get_close_matches(" ".join(record.key.values()), sorted(keys), n=3)


def _holders(warehouse: Warehouse, key: str) -> list[Entity]:
    """Return the entities with rows of a key of one column."""
    entities = [entity for entity in load_contract().deliverable() if len(entity.key) == 1]
    queries = [
        f"select '{entity.domain}' as domain, '{entity.name}' as entity, count(*) as n "  # noqa: S608
        f"from {{silver}}.{Record(entity, {}).base} where {entity.key[0]} = {literal(key)}"
        for entity in entities
    ]
    found = {(row["domain"], row["entity"]) for row in warehouse.rows(" union all ".join(queries)) if row["n"]}
    return [entity for entity in entities if (entity.domain, entity.name) in found]


def _entity(word: str) -> Entity | None:
    """Return the entity of a name: `loan payment`, `loan_payments`, `banking.loan_payments`; none if there is none."""
    name = word.lower().replace(" ", "_").replace("-", "_").replace("/", ".")
    for entity in load_contract().deliverable():
        names = (entity.name, entity.name.removesuffix("s"), f"{entity.domain}.{entity.name}")
        if name in names:
            return entity
    ends = [
        entity
        for entity in load_contract().deliverable()
        if name.removesuffix("s") == entity.name.rpartition("_")[2].removesuffix("s")
    ]
    return ends[0] if len(ends) == 1 else None


def _key(entity: Entity, words: list[str]) -> dict[str, str]:
    usage = f"tieout explain {entity.name} {' '.join(column.upper() for column in entity.key)}"
    named = [word.split("=", 1) for word in words if word.partition("=")[0] in entity.key and "=" in word]
    key = dict(named) if named else dict(zip(entity.key, words, strict=False))
    if len(words) != len(entity.key) or key.keys() != set(entity.key):
        raise TieoutError(f"The key of {entity.name} is {', '.join(entity.key)}: {usage}.")
    return {column: key[column] for column in entity.key}


def _typed(column: str, value: str, type_name: str) -> str:
    """Return a value of a key as an SQL expression of the type that silver gives it."""
    if type_name != "date":
        return literal(value)
    try:
        return f"cast('{date.fromisoformat(value).isoformat()}' as date)"
    except ValueError:
        raise TieoutError(f"{column} is a date, such as 2025-01-18, not '{value}'.") from None
