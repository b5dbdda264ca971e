"""What is asked for: the options of the command line, over a configuration file, over a preset, over the defaults."""

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
        given: the options of the command line by name; None where one was left out.
        preset: a name of `PRESETS`; without it, the file's own `preset`, if it has one.
        config: a YAML file with options by name.

    Raises:
        TieoutError: the file cannot be read, or a name or value is none.
    """
    on_command_line = {name: _checked(name, value, "") for name, value in given.items() if value is not None}
    in_file = _read(config) if config else {}
    chosen = preset if preset is not None else in_file.pop("preset", None)
    in_file.pop("preset", None)
    if chosen is not None and chosen not in PRESETS:
        raise TieoutError(f"'{chosen}' is no preset; choose one of {', '.join(PRESETS)}.")
    return DEFAULTS | (PRESETS[chosen] if chosen else {}) | in_file | on_command_line


def _read(file: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise TieoutError(f"{file} cannot be read: {error.strerror or error}. Choose another --config.") from error
    except (yaml.YAMLError, ValueError) as error:  # ValueError: text that is no UTF-8, a day that is none
        raise TieoutError(f"{file} cannot be understood: {' '.join(str(error).split())}.") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise TieoutError(f"{file} must hold options, one `name: value` a line.")
    return {name: _checked(name, value, f" in {file}") for name, value in content.items()}


def _checked(name: object, value: object, where: str) -> Any:
    """Return the value as its option takes it."""
    if name == "preset" and isinstance(value, str):
        return value
    if name not in _KINDS:
        known = ", ".join(["preset", *_KINDS])
        raise TieoutError(f"'{name}'{where} is no option of `tieout generate`; it knows {known}.")
    meant, read = _KINDS[str(name)]
    try:
        return read(value)
    except (TypeError, ValueError) as error:
        raise TieoutError(f"--{name} '{value}'{where} is {meant}.") from error


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
    """Read KIND=RATE as the command line has it, or a mapping of kinds to rates as a file has it."""
    if isinstance(value, Mapping):
        return [f"{kind}={rate}" for kind, rate in value.items()]
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise TypeError
    return value


_WHOLE = ("no whole number", _whole_number)
_PATH = ("no path", _path)
# What each option takes, and how a value that it does not take is called. A new option goes here, into `DEFAULTS` and
# into the signature of the command.
_KINDS: dict[str, tuple[str, Callable[[object], Any]]] = {
    "days": _WHOLE,
    "start": ("no date; write it as YYYY-MM-DD", _date),
    "customers": _WHOLE,
    "transactions-per-day": _WHOLE,
    "orders-per-day": _WHOLE,
    "seed": _WHOLE,
    "fraud": ("no number", _number),
    "truth": _PATH,
    "inbox": _PATH,
    "gzip": ("neither true nor false", _yes_or_no),
    "faults": ("no number", _number),
    "fault": ("no mapping of kinds to rates", _faults_by_kind),
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
    "faults": None,
    "fault": None,
}
