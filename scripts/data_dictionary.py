"""Write `docs/data_dictionary.md`: the tables of gold and audit, and the entities of silver with their rules.

Gold and audit come from the YAML of the models, silver from the bronze contract and the rules that dbt derives from it.

Usage: data_dictionary.py MANIFEST RULES [--check]
RULES is what `dbt --quiet run-operation print_entity_rules` prints. With --check nothing is written, and the exit code
is 1 if the page is out of date.
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

The tables that analysts query, and what silver holds and which rows it rejects. Written by `make dictionary` from the
YAML of the models and from the bronze contract; do not edit. The docs site (`make docs`) has every layer, with tests
and lineage.
"""

SILVER = """
## Silver

For each entity the columns of its silver tables, and the rules by which `base_*` rejects a row: a row breaks a rule
where the condition is true. `raw_x` is the text of column `x` as delivered, without surrounding blanks and null where
empty, and `x_codes` is the seed that has the codes of `x`, joined by that text. `audit.rejected_rows` lists the
rejected rows with the names of the rules that they broke. All tables also have `_source_file`, `_source_line`,
`_arrived_on`, `_loaded_at` and `_row_hash`.
"""


def main(manifest_path: str, rules_path: str, check: bool) -> int:
    """Write or check the dictionary; return the exit code."""
    manifest = json.loads(Path(manifest_path).read_text(encoding="utf-8"))
    nodes = manifest["nodes"].values()
    rules = json.loads(Path(rules_path).read_text(encoding="utf-8"))
    entities = [source for source in manifest["sources"].values() if source["config"]["meta"].get("key")]
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
    text = dictionary(models) + silver(entities, rules)
    if not check:
        DICTIONARY.write_text(text, encoding="utf-8")
        return 0
    if not DICTIONARY.is_file() or DICTIONARY.read_text(encoding="utf-8") != text:
        print(f"{DICTIONARY} is out of date. Run make dictionary.", file=sys.stderr)  # noqa: T201
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


def silver(entities: list[dict[str, Any]], rules: dict[str, dict[str, str]]) -> str:
    """Return the entities of silver by domain and name: their columns and their rules."""
    parts = [SILVER]
    for source in sorted(entities, key=lambda node: (node["source_name"], node["name"])):
        name = f"{source['source_name']}.{source['name']}"
        parts.append(f"\n### {name}\n\n{cell(source['description'])}\n")
        parts.append("\n| column | type | PII | meaning |\n|---|---|---|---|\n")
        for column, definition in source["columns"].items():
            meta = definition["config"]["meta"]
            if "type" in meta:
                meaning = cell(definition["description"])
                parts.append(f"| `{column}` | {meta['type']} | {meta.get('pii', '')} | {meaning} |\n")
        parts.append("\n| rule | condition |\n|---|---|\n")
        parts += [f"| `{rule}` | `{cell(condition)}` |\n" for rule, condition in rules[name].items()]
    return "".join(parts)


def cell(text: str) -> str:
    """Return a description as one line that a Markdown table can hold."""
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], "--check" in sys.argv[3:]))
