"""Write `docs/data_dictionary.md`: every table of gold and audit, from the descriptions in the models' YAML.

Usage: data_dictionary.py MANIFEST [--check]
With --check nothing is written; the exit code is 1 where the file is not what it should be.
"""

from __future__ import annotations

import json
import sys
from itertools import groupby
from pathlib import Path
from typing import Any

DICTIONARY = Path("docs/data_dictionary.md")
LAYERS = ("gold", "audit")

HEAD = """# Data dictionary

The tables that analysts query, from the descriptions in the models' YAML. Written by `make dictionary`; do not edit.
The docs site (`make docs`) shows the same for every layer, with tests and lineage.
"""


def main(manifest_path: str, check: bool) -> int:
    """Write or check the dictionary; return the exit code."""
    nodes = json.loads(Path(manifest_path).read_text(encoding="utf-8"))["nodes"].values()
    models = [
        node
        for node in nodes
        if node["resource_type"] == "model" and node["package_name"] == "tieout" and layer(node) in LAYERS
    ]
    undescribed = [
        f"{model['name']}.{name}"
        for model in models
        for name, column in model["columns"].items()
        if not column["description"].strip()
    ] + [model["name"] for model in models if not model["description"].strip()]
    if undescribed:
        print(f"Without a description: {', '.join(undescribed)}.", file=sys.stderr)  # noqa: T201
        return 1
    text = dictionary(models)
    if not check:
        DICTIONARY.write_text(text, encoding="utf-8")
        return 0
    if not DICTIONARY.is_file() or DICTIONARY.read_text(encoding="utf-8") != text:
        print(f"{DICTIONARY} is not what the models' YAML says: run make dictionary.", file=sys.stderr)  # noqa: T201
        return 1
    return 0


def layer(node: dict[str, Any]) -> str:
    """Return the layer of a model: its schema without the environment."""
    return str(node["schema"]).rsplit("_", 1)[-1]


def dictionary(models: list[dict[str, Any]]) -> str:
    """Return the dictionary as Markdown, gold first, tables by folder and name."""
    ordered = sorted(models, key=lambda node: (LAYERS.index(layer(node)), node["path"]))
    parts = [HEAD]
    for name, members in groupby(ordered, key=layer):
        parts.append(f"\n## {name.capitalize()}\n")
        parts += [table(model) for model in members]
    return "".join(parts)


def table(model: dict[str, Any]) -> str:
    """Return one table: its description and a row for each column."""
    rows = "".join(
        f"| `{name}` | {column['data_type']} | {cell(column['description'])} |\n"
        for name, column in model["columns"].items()
    )
    head = "| column | type | meaning |\n|---|---|---|\n"
    return f"\n### {model['name']}\n\n{cell(model['description'])}\n\n{head}{rows}"


def cell(text: str) -> str:
    """Return a description as one line that a Markdown table can hold."""
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], "--check" in sys.argv[2:]))
