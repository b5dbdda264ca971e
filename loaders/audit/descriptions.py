"""What the models say of their columns, in the YAML beside them."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from loaders.contract import project_root, read_yaml
from loaders.errors import TieoutError

_DOC = re.compile(r"\{\{\s*doc\('(\w+)'\)\s*\}\}")
_DOCS = re.compile(r"\{%-?\s*docs\s+(\w+)\s*-?%\}(.*?)\{%-?\s*enddocs\s*-?%\}", re.DOTALL)


def gold_tables() -> dict[str, Path]:
    """Return the tables of gold, each with the file that describes it."""
    files = (project_root() / "models" / "marts").glob("**/*.yml")
    return {file.stem: file for file in sorted(files) if not file.stem.endswith("__unit_tests")}


def column_description(table: str, column: str) -> str:
    """Return what a table of gold says of one of its columns; nothing if it says nothing.

    Raises:
        TieoutError: the file that describes the table is not YAML of dbt models.
    """
    return plain_text(_columns(table).get(column, ""))


@cache
def _columns(table: str) -> dict[str, str]:
    """Return what a table of gold says of its columns; nothing if it is none of gold."""
    file = gold_tables().get(table)
    if file is None:
        return {}
    try:
        columns: list[dict[str, Any]] = next(
            model["columns"] for model in read_yaml(file)["models"] if model["name"] == table
        )
        return {column["name"]: column.get("description") or "" for column in columns}
    except (OSError, ValueError, KeyError, TypeError, StopIteration) as error:
        raise TieoutError(f"{file} does not describe the table {table}: {error!r}. Correct the file.") from None


def plain_text(description: str) -> str:
    """Return a description of a YAML file on one line, with the texts that it refers to."""
    return " ".join(_DOC.sub(lambda match: _blocks().get(match[1], ""), description).split())


@cache
def _blocks() -> dict[str, str]:
    """Return the texts that several descriptions share, by name."""
    found: dict[str, str] = {}
    for file in sorted((project_root() / "models").glob("**/*.md")):
        found |= dict(_DOCS.findall(file.read_text(encoding="utf-8")))
    return found
