"""The values of all options: command line first, then the configuration file, the preset, and the defaults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml

from loaders.errors import TieoutError

PRESETS: dict[str, dict[str, Any]] = {
    "demo": {"days": 30, "customers": 100, "transactions-per-day": 333},
    "medium": {"days": 365, "customers": 5_000, "transactions-per-day": 10_000},
    "million": {"days": 3, "customers": 250_000, "transactions-per-day": 1_000_000},
}


def resolve(given: Mapping[str, Any], preset: str | None, config: Path | None) -> dict[str, Any]:
    """Return the value of every option.

    Args:
        given: the options of the command line by name; None if an option was not given.
        preset: a name from `PRESETS` (default: the `preset` of the file, if it has one).
        config: a YAML file with options by name.

    Raises:
        TieoutError: the file cannot be read, or an option or its value is not valid.
    """
    on_command_line = {name: _checked(name, value, "") for name, value in given.items() if value is not None}
    in_file = _read(config) if config else {}
    chosen = preset if preset is not None else in_file.pop("preset", None)
    in_file.pop("preset", None)
    if chosen is not None and chosen not in PRESETS:
        raise TieoutError(f"'{chosen}' is not a preset. Give one of: {', '.join(PRESETS)}.")
    return DEFAULTS | (PRESETS[chosen] if chosen else {}) | in_file | on_command_line


def _read(file: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise TieoutError(f"{file} cannot be read: {error.strerror or error}. Give another --config.") from error
    except (yaml.YAMLError, ValueError) as error:  # ValueError: not UTF-8, or a date such as 2025-02-30
        raise TieoutError(f"{file} is not valid YAML: {' '.join(str(error).split())}. Correct the file.") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise TieoutError(f"{file} must contain options, one `name: value` per line.")
    return {name: _checked(name, value, f" in {file}") for name, value in content.items()}


def _checked(name: object, value: object, where: str) -> Any:
    """Return the value in the type of its option."""
    if name == "preset" and isinstance(value, str):
        return value
    if name not in _TYPES:
        known = ", ".join(["preset", *_TYPES])
        raise TieoutError(f"'{name}'{where} is not an option of `tieout generate`. The options are: {known}.")
    expected, parse = _TYPES[str(name)]
    try:
        return parse(value)
    except (TypeError, ValueError) as error:
        raise TieoutError(f"--{name}{where} must be {expected}, not '{value}'.") from error


def _whole_number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError
    return float(value)


def _date(value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise TypeError
    return date.fromisoformat(value)


def _path(value: object) -> Path:
    if not isinstance(value, (str, Path)) or not str(value):
        raise TypeError
    return Path(value)


def _yes_or_no(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _faults_by_kind(value: object) -> list[str]:
    """Accept KIND=RATE, as on the command line, or a mapping of kinds to rates, as in a file."""
    if isinstance(value, Mapping):
        return [f"{kind}={rate}" for kind, rate in value.items()]
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise TypeError
    return value


_WHOLE = ("a whole number", _whole_number)
_PATH = ("a path", _path)
# Each option's type, as it is named in messages, and its parser. Add a new option here, in `DEFAULTS` and in the
# signature of the command.
_TYPES: dict[str, tuple[str, Callable[[object], Any]]] = {
    "days": _WHOLE,
    "start": ("a date, YYYY-MM-DD", _date),
    "customers": _WHOLE,
    "transactions-per-day": _WHOLE,
    "orders-per-day": _WHOLE,
    "seed": _WHOLE,
    "fraud": ("a number", _number),
    "truth": _PATH,
    "inbox": _PATH,
    "gzip": ("true or false", _yes_or_no),
    "control-files": ("true or false", _yes_or_no),
    "faults": ("a number", _number),
    "fault": ("a mapping of kinds to rates", _faults_by_kind),
}
DEFAULTS: dict[str, Any] = {
    "days": 30,
    "start": date(2025, 1, 1),
    "customers": 1000,
    "transactions-per-day": 2000,
    "orders-per-day": None,
    "seed": 42,
    "fraud": 0.0,
    "truth": None,
    "inbox": None,
    "gzip": False,
    "control-files": False,
    "faults": None,
    "fault": None,
}
