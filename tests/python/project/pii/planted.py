"""Small manifests for the tests of the rules: one source, the salt, and the models of a test."""

from __future__ import annotations

from typing import Any

from tests.python.project.pii.rules import problems

Manifest = dict[str, Any]
Node = dict[str, Any]


def columns(**tags: str | None) -> dict[str, Any]:
    return {
        name: {"name": name, "meta": {}, "config": {"meta": {} if tag is None else {"pii": tag}}}
        for name, tag in tags.items()
    }


def source(name: str, **tags: str | None) -> Node:
    source_name, table = name.split(".")
    return {
        "resource_type": "source",
        "source_name": source_name,
        "name": table,
        "relation_name": f'"db"."bronze"."{table}"',
        "columns": columns(**tags),
    }


def model(
    name: str, sql: str | None, schema: str = "gold", kind: str = "model", *, grants: object = None, **tags: Any
) -> Node:
    """Return a model that reads every planted model its SQL names."""
    return {
        "resource_type": kind,
        "name": name,
        "relation_name": f'"db"."{schema}"."{name}"',
        "language": "sql",
        "compiled_code": sql,
        "config": {"schema": schema, "grants": {} if grants is None else {"select": grants}},
        "columns": columns(**tags),
        "depends_on": {"nodes": []},
    }


def planted(*models: Node) -> Manifest:
    sources = [
        source("banking.people", id=None, email="direct", born="quasi", city=None),
        source("secrets.pii_salt", salt=None),
    ]
    nodes = {f"{node['resource_type']}.{node['name']}": node for node in models}
    for node in models:
        for key, other in nodes.items():
            if other is not node and other["relation_name"].replace('"', "") in (node["compiled_code"] or ""):
                node["depends_on"]["nodes"].append(key)
    return {
        "metadata": {"adapter_type": "duckdb"},
        "sources": {f"source.{node['source_name']}.{node['name']}": node for node in sources},
        "nodes": nodes,
    }


def gold(sql: str) -> list[str]:
    """Return the problems of one gold model `dim` over bronze."""
    return problems(planted(model("dim", sql)))


EMAIL_LEAKS = (
    "dim.x exposes banking.people.email (direct) unmasked. "
    "Mask it with pseudonym(), or grant select on the model to role:pii_reader only."
)
BORN_LEAKS = EMAIL_LEAKS.replace("email (direct)", "born (quasi)")
EMAIL_IS_ONLY_HASHED = EMAIL_LEAKS.replace("unmasked", "hashed without the salt")
PEOPLE = "db.bronze.people"
SALTED = f"from {PEOPLE} as people cross join db.bronze.pii_salt as pii_salt"
