"""The lineage of columns: dbt-colibri's page, and a check that it knows where the columns come from.

dbt-colibri reads the compiled SQL of the models and snapshots. It has an environment of its own, because it needs an
older sqlglot than the project.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loaders.errors import TieoutError
from scripts.website.foreign import belonging

GRAPH = "graph.html"
"""dbt-colibri's page. `?model=model.tieout.NAME&column=NAME` opens it on a column."""
_KINDS = frozenset({"model", "snapshot", "source", "seed"})

COLIBRI = Path(".venv-lineage") / "bin" / "colibri"
LEAST_SHARE = 0.91
"""At least so much of the columns of models and snapshots must have a lineage. Counts and constants have none."""
FILLED_BY_RUNS = frozenset({"forgotten_persons", "rule_fingerprints", "run_history"})
"""Tables without a column that comes from another one: runs and commands fill them."""
# Otherwise it asks a server for its newest version, and its page reports how it is used.
_ASK_NOBODY = {"DBT_COLIBRI_NO_VERSION_CHECK": "1", "DO_NOT_TRACK": "1"}

Column = tuple[str, str]
"""A table and a column of it. Sources are named with their domain, as in `banking.transactions`."""


@dataclass(frozen=True)
class Table:
    """A table of the lineage.

    Attributes:
        unique_id: its id in dbt.
        kind: `model`, `snapshot`, `source` or `seed`.
        layer: its layer.
        columns: its columns.
    """

    unique_id: str
    kind: str
    layer: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Lineage:
    """Where columns come from.

    Attributes:
        tables: the tables, by name.
        made_of: by column, the columns that its SQL reads.
        used_by: by column, the columns whose SQL reads it.
    """

    tables: Mapping[str, Table]
    made_of: Mapping[Column, tuple[Column, ...]]
    used_by: Mapping[Column, tuple[Column, ...]]

    @property
    def made(self) -> list[Column]:
        """The columns of models and snapshots."""
        return [
            (name, column)
            for name, table in self.tables.items()
            if table.kind in {"model", "snapshot"}
            for column in table.columns
        ]

    @property
    def covered(self) -> int:
        """The number of columns of models and snapshots with a lineage."""
        return sum(column in self.made_of for column in self.made)

    def origins(self, column: Column) -> set[Column]:
        """Return the columns of bronze and of the reference data that a column is made of in the end."""
        found: set[Column] = set()
        seen, waiting = {column}, [column]
        while waiting:
            of = waiting.pop()
            if self.tables[of[0]].kind in {"source", "seed"}:
                found.add(of)
            new = set(self.made_of.get(of, ())) - seen
            seen |= new
            waiting += new
        return found


def start(target: Path, folder: Path) -> subprocess.Popen[str]:
    """Start dbt-colibri, which takes seconds, with the manifest and the catalog of a target folder.

    Raises:
        TieoutError: it is not installed.
    """
    if not COLIBRI.exists():
        raise TieoutError(f"{COLIBRI} is missing. make site installs it.")
    command = [
        *(str(COLIBRI), "generate", "--light", "--output-dir", str(folder)),
        *("--manifest", str(target / "manifest.json"), "--catalog", str(target / "catalog.json")),
    ]
    return subprocess.Popen(  # noqa: S603 - our own command
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **_ASK_NOBODY},
    )


def finish(process: subprocess.Popen[str], folder: Path) -> Lineage:
    """Wait for dbt-colibri, and check and return what it has found.

    Raises:
        TieoutError: it has reported an error, or knows too little.
    """
    printed, _ = process.communicate()
    errors = [line for line in printed.splitlines() if re.search(r"\[(ERROR|WARNING)\]", line)]
    if process.returncode or errors:
        raise TieoutError(
            "dbt-colibri has skipped something. If the catalog lacks a model, run dbt build, then make site.\n"
            + "\n".join(errors or [printed])
        )
    data, page = folder / "colibri-manifest.json", folder / "index.html"
    lineage = read(json.loads(data.read_text(encoding="utf-8")))
    data.unlink()
    html = belonging(page.read_text(encoding="utf-8"), link_at="top: 84px; right: 60px;")
    page.unlink()
    (folder / GRAPH).write_text(html, encoding="utf-8")
    check(lineage)
    return lineage


def read(colibri: Mapping[str, Any]) -> Lineage:
    """Return the lineage in dbt-colibri's answer."""
    nodes = {of: node for of, node in colibri["nodes"].items() if node["nodeType"] in _KINDS}
    tables = {
        _name(of): Table(of, node["nodeType"], node["schema"].rsplit("_", 1)[-1], tuple(node["columns"]))
        for of, node in nodes.items()
    }
    made_of: dict[Column, dict[Column, None]] = {}
    used_by: dict[Column, dict[Column, None]] = {}
    for edge in colibri["lineage"]["edges"]:
        if edge["targetColumn"] and edge["source"] in nodes and edge["target"] in nodes:
            source, target = (
                (_name(edge["source"]), edge["sourceColumn"]),
                (_name(edge["target"]), edge["targetColumn"]),
            )
            made_of.setdefault(target, {})[source] = None
            used_by.setdefault(source, {})[target] = None
    return Lineage(
        tables,
        {of: tuple(sorted(columns)) for of, columns in made_of.items()},
        {of: tuple(sorted(columns)) for of, columns in used_by.items()},
    )


def _name(unique_id: str) -> str:
    """Return the name of a table: that of a source with its domain."""
    kind, _, *names = unique_id.split(".")
    return ".".join(names) if kind == "source" else names[-1]


def check(lineage: Lineage) -> None:
    """Check that the lineage knows where enough columns come from, and something of each table.

    Raises:
        TieoutError: it does not.
    """
    made = lineage.made
    unknown = {table for table, _ in made} - {table for table, column in made if (table, column) in lineage.made_of}
    if unknown != FILLED_BY_RUNS:
        raise TieoutError(
            f"Of these tables, either the lineage knows no column, or FILLED_BY_RUNS in {Path(__file__).name} names "
            f"them without need: {', '.join(sorted(unknown ^ FILLED_BY_RUNS))}."
        )
    if lineage.covered < LEAST_SHARE * len(made):
        raise TieoutError(
            f"The lineage covers {lineage.covered:,} of {len(made):,} columns, less than {LEAST_SHARE:.0%}. Either "
            f"dbt-colibri cannot read some of the SQL, or more columns are counts and constants than LEAST_SHARE in "
            f"{Path(__file__).name} expects."
        )
