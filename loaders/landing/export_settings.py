"""Which entities are full exports, by the contract and the variables of the project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from loaders.audit.waivers import VARIABLE as WAIVED
from loaders.audit.waivers import Waivers
from loaders.contract import RECORD_STATUS, Contract, Entity
from loaders.errors import TieoutError
from loaders.variables import PROJECT_FILE, dbt_variables

VARIABLE = "full_exports"
TIME_ZONES = "business_time_zones"
PERCENT, KEYS = "full_export_missing_percent", "full_export_missing_keys"


@dataclass(frozen=True)
class Settings:
    """What the contract and the project say about full exports.

    Attributes:
        since: the first arrival day whose files are full exports, by entity.
        percent: if more than so many percent of the keys are missing, nothing is withdrawn.
        keys: but up to so many missing keys, less one, are always withdrawn.
        waived: findings that a controller has waived.
        time_zones: the business time zone by domain; UTC for others.
    """

    since: Mapping[Entity, date] = field(default_factory=dict)
    percent: int = 20
    keys: int = 10
    waived: frozenset[str] = frozenset()
    time_zones: Mapping[str, str] = field(default_factory=dict)

    def waives(self, day: date, derived_file: str) -> bool:
        """Return whether a controller has decided that what is missing from an export is withdrawn."""
        return Waivers(self.waived).cover_day(day, derived_file)


def project_settings(contract: Contract) -> Settings:
    """Return the settings of the project.

    Raises:
        TieoutError: a variable of the project is wrong.
    """
    variables = dbt_variables()
    limits = {name: variables.get(name, default) for name, default in ((PERCENT, 20), (KEYS, 10))}
    for name, limit in limits.items():
        if isinstance(limit, bool) or not isinstance(limit, int) or limit < 0:
            raise TieoutError(f"{PROJECT_FILE}: {name} is {limit!r}; write a whole number.")
    waived = frozenset(str(name) for name in variables.get(WAIVED) or ())
    exports = declared(contract, variables.get(VARIABLE) or {})
    return Settings(exports, limits[PERCENT], limits[KEYS], waived, _time_zones(variables.get(TIME_ZONES) or {}))


def _time_zones(variable: Any) -> dict[str, str]:
    if not isinstance(variable, Mapping) or not all(_is_time_zone(str(zone)) for zone in variable.values()):
        raise TieoutError(
            f"{PROJECT_FILE}: {TIME_ZONES} is {variable!r}; write a mapping of domain to IANA time zone, such as "
            "{banking: America/New_York}."
        )
    return {str(domain): str(zone) for domain, zone in variable.items()}


def _is_time_zone(name: str) -> bool:
    """Return whether dbt knows a time zone. It brings its own data: a small machine may have none."""
    import pytz  # type: ignore[import-untyped]  # noqa: PLC0415 - most commands need none

    try:
        pytz.timezone(name)
    except pytz.UnknownTimeZoneError:
        return False
    return True


def declared(contract: Contract, variable: Any) -> dict[Entity, date]:
    """Return the entities that are full exports, with the first arrival day of such files.

    Args:
        contract: the bronze contract; its key `full_export` is true or a day.
        variable: true, false or a day by entity (`banking.customers`), which counts instead.

    Raises:
        TieoutError: the variable is wrong.
    """
    if not isinstance(variable, Mapping):
        raise TieoutError(
            f"{PROJECT_FILE}: {VARIABLE} is {variable!r}; write a mapping such as {{banking.customers: true}}."
        )
    entities = {f"{entity.domain}.{entity.name}": entity for entity in contract.deliverable()}
    for name, value in variable.items():
        if name not in entities:
            raise TieoutError(
                f"{PROJECT_FILE}: {VARIABLE} has '{name}', which is not an entity of the bronze contract, such as "
                f"{next(iter(entities), 'banking.customers')}. Correct the name."
            )
        if value is not False and _first_day(value) is None:
            raise TieoutError(
                f"{PROJECT_FILE}: {VARIABLE} has {name}: {value!r}; write true, false or the first arrival day, "
                "YYYY-MM-DD."
            )
        if value and RECORD_STATUS not in entities[name].bronze_columns:
            raise TieoutError(
                f"{PROJECT_FILE}: {VARIABLE} has {name}, which has no {RECORD_STATUS}, so nothing of it can be "
                "withdrawn. Remove it."
            )
    found = {}
    for name, entity in entities.items():
        since = _first_day(variable.get(name, entity.full_export))
        if since is not None:
            found[entity] = since
    return found


def _first_day(value: Any) -> date | None:
    """Return the first arrival day that a declaration means; None if it is false or wrong."""
    if isinstance(value, bool):
        return date.min if value else None
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None
