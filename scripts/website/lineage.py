"""The lineage of columns: dbt-colibri's page, and a check that it knows where the columns come from.

dbt-colibri reads the compiled SQL of the models and snapshots. It has an environment of its own, because it needs an
older sqlglot than the project.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loaders.errors import TieoutError
from scripts.website.foreign import belonging

COLIBRI = Path(".venv-lineage") / "bin" / "colibri"
LEAST_SHARE = 0.91
"""At least so much of the columns of models and snapshots must have a lineage. Counts and constants have none."""
FILLED_BY_RUNS = frozenset({"forgotten_persons", "rule_fingerprints", "run_history"})
"""Tables without a column that comes from another one: runs and commands fill them."""
@dataclass(frozen=True)
class Lineage:
    """Where columns come from.

    Attributes:
        sources: by table and column, the tables and columns that it is made of.
        columns: the columns of each model and snapshot.
    """

    sources: Mapping[tuple[str, str], list[tuple[str, str]]]
    columns: Mapping[str, list[str]]

    @property
    def covered(self) -> int:
        """The number of columns with a lineage."""
        return sum((table, column) in self.sources for table, columns in self.columns.items() for column in columns)

    @property
    def count(self) -> int:
        """The number of columns."""
        return sum(map(len, self.columns.values()))


def start(target: Path, folder: Path) -> subprocess.Popen[str]:
    """Start dbt-colibri, which takes seconds, with the manifest and the catalog of a target folder.

    Raises:
        TieoutError: it is not installed.
    """
    if not COLIBRI.exists():
        raise TieoutError(f"{COLIBRI} is missing. make site installs it.")
    command = [
        *(str(COLIBRI), "generate", "--light", "--disable-telemetry", "--output-dir", str(folder)),
        *("--manifest", str(target / "manifest.json"), "--catalog", str(target / "catalog.json")),
    ]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # noqa: S603


def finish(process: subprocess.Popen[str], folder: Path) -> Lineage:
    """Wait for dbt-colibri, and check and return what it has found.

    Raises:
        TieoutError: it has reported an error, or knows too little.
    """
    printed, _ = process.communicate()
    errors = [line for line in printed.splitlines() if re.search(r"\[(ERROR|WARNING)\]", line)]
    if process.returncode or errors:
        raise TieoutError("dbt-colibri has skipped something:\n" + "\n".join(errors or [printed]))
    data = folder / "colibri-manifest.json"
    lineage = read(json.loads(data.read_text(encoding="utf-8")))
    data.unlink()
    page = folder / "index.html"
    page.write_text(belonging(page.read_text(encoding="utf-8"), link_at="top: 84px; right: 60px;"), encoding="utf-8")
    check(lineage)
    return lineage


def read(colibri: Mapping[str, Any]) -> Lineage:
    """Return the lineage in dbt-colibri's answer."""
    nodes = {
        unique_id: node for unique_id, node in colibri["nodes"].items() if node["nodeType"] in {"model", "snapshot"}
    }
    names = {unique_id: node["name"] for unique_id, node in colibri["nodes"].items()}
    sources: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for edge in colibri["lineage"]["edges"]:
        if edge["targetColumn"] and edge["target"] in nodes:
            target = (names[edge["target"]], edge["targetColumn"])
            sources.setdefault(target, []).append((names[edge["source"]], edge["sourceColumn"]))
    return Lineage(sources, {node["name"]: list(node["columns"]) for node in nodes.values()})


def check(lineage: Lineage) -> None:
    """Check that the lineage knows where enough columns come from, and something of each table.

    Raises:
        TieoutError: it does not.
    """
    unknown = {
        table
        for table, columns in lineage.columns.items()
        if not any((table, column) in lineage.sources for column in columns)
    }
    if unknown != FILLED_BY_RUNS & lineage.columns.keys():
        raise TieoutError(
            "The lineage knows of no column of these tables where it comes from, or of a column of a table that is "
            f"filled by runs: {', '.join(sorted(unknown ^ FILLED_BY_RUNS))}. Correct FILLED_BY_RUNS in {__file__}, or "
            "find out why dbt-colibri cannot read the SQL."
        )
    if lineage.covered < LEAST_SHARE * lineage.count:
        raise TieoutError(
            f"The lineage covers {lineage.covered:,} of {lineage.count:,} columns, less than {LEAST_SHARE:.0%}. "
            "dbt-colibri cannot read some of the SQL, or new columns are counts and constants (LEAST_SHARE)."
        )
