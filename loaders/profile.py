"""Reading a DuckDB target from the dbt profile without dbt, whose import takes seconds."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loaders.contract import project_root, read_yaml

_ENV_VAR = re.compile(r"\{\{\s*env_var\('(?P<name>\w+)'(?:,\s*'(?P<default>[^'{}]*)')?\)\s*\}\}")


@dataclass(frozen=True)
class DuckDBTarget:
    """A target of the profile.

    Attributes:
        name: its name.
        schema: the prefix of its schemas.
        path: the path of the DuckDB file; a relative path counts from the current folder.
    """

    name: str
    schema: str
    path: str


def profiles_folder() -> Path:
    """Return the folder of `profiles.yml`: `DBT_PROFILES_DIR`, or the root of the project."""
    return Path(os.environ.get("DBT_PROFILES_DIR") or project_root())


def duckdb_target(name: str | None) -> DuckDBTarget | None:
    """Return a target of the project's profile.

    Args:
        name: the name of the target (default: the profile's own default).

    Returns:
        None unless the target is a DuckDB file and its values are plain text or a single `env_var`. Then dbt must read
        the profile, and reports what is wrong with it, if anything.
    """
    try:
        project = read_yaml(project_root() / "dbt_project.yml")
        profile = read_yaml(profiles_folder() / "profiles.yml")[project["profile"]]
        target = name or _rendered(profile["target"])
        output = profile["outputs"][target]
        if output["type"] != "duckdb":
            return None
        return DuckDBTarget(target, _rendered(output["schema"]), _rendered(output["path"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _rendered(value: str) -> str:
    """Replace an `env_var` by its value.

    Raises:
        KeyError: the variable is not set and has no default.
        ValueError: the value is any other template.
    """
    match = _ENV_VAR.fullmatch(value)
    if match:
        default: Any = match["default"]
        return os.environ[match["name"]] if default is None else os.environ.get(match["name"], default)
    if "{" in value:
        raise ValueError(value)
    return value
