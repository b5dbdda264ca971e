"""The rules of personal data, checked over the compiled SQL of a dbt manifest.

The contract tags columns (`pii: direct | quasi`). A tagged value may reach a table that analysts read only masked: as
SHA-256 of a concatenation that includes the salt, or, for a `quasi` column, as its year. MD5 and unsalted SHA-256 do
not mask. What cannot be traced is a problem, not a pass.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from graphlib import TopologicalSorter
from typing import Any

from sqlglot import exp

from tests.python.project.pii.lineage import Columns, Lineage, Origin, UnresolvedError, Way, merge
from tests.python.project.pii.query import Query, table_key

TAGS = ("direct", "quasi")
SALT = ("secrets.pii_salt", "salt")
READERS = ["role:pii_reader"]

# Columns of bronze tables besides the contract's: the partition, and the file as DuckDB and Redshift name it.
BRONZE_COLUMNS = ("dt", "filename", "$path")

# A hash of the whole row, by which silver compares deliveries. Its readers also see the values themselves.
UNTAGGED_DIGEST = "_row_hash"

# A number of 63 bits made of all values of a row. No single value can be found from it without knowing all the others.
FINGERPRINT = "_fingerprint"

Manifest = Mapping[str, Any]
Node = Mapping[str, Any]


def problems(manifest: Manifest) -> list[str]:
    """Return a sentence for every violation of the rules, and for everything that cannot be traced.

    Args:
        manifest: a dbt manifest whose models are compiled.
    """
    found = list(_unknown_tags(manifest))
    dialect = manifest["metadata"]["adapter_type"]
    tables = {_key(node, dialect): _declared(node) for node in _origin_tables(manifest)}
    for node in _in_order(manifest):
        try:
            columns, unresolved = _columns(node, tables, manifest)
        except UnresolvedError as error:
            found.append(f"{node['name']} cannot be traced: {error}.")
            columns, unresolved = {}, {}
        else:
            found += [f"{node['name']}.{column} cannot be traced: {why}." for column, why in unresolved.items()]
            found += _judged(node, columns, unresolved, manifest)
        # A column that cannot be traced is reported once, not again in every model downstream.
        names = [*columns, *unresolved, *(name.lower() for name in node["columns"])]
        if node.get("relation_name"):
            tables[_key(node, dialect)] = _passed_on(node, {name: columns.get(name, {}) for name in names})
    return found


def waived_columns(manifest: Manifest) -> list[str]:
    """Return the columns with a `pii_waiver`, as `model.column`."""
    return sorted(
        f"{node['name']}.{name}"
        for node in manifest["nodes"].values()
        for name, column in node["columns"].items()
        if "pii_waiver" in _meta(column)
    )


def _origin_tables(manifest: Manifest) -> Iterator[Node]:
    """Return sources and seeds, where lineage begins."""
    yield from manifest["sources"].values()
    yield from (node for node in manifest["nodes"].values() if node["resource_type"] == "seed")


def _in_order(manifest: Manifest) -> list[Node]:
    """Return models, snapshots, and tests that store rows, each after everything that it reads."""
    nodes = {
        key: node
        for key, node in manifest["nodes"].items()
        if node["resource_type"] in ("model", "snapshot")
        or (node["resource_type"] == "test" and _stores_rows(node["config"]))
    }
    order = TopologicalSorter({key: node["depends_on"]["nodes"] for key, node in nodes.items()})
    return [nodes[key] for key in order.static_order() if key in nodes]


def _stores_rows(config: Mapping[str, Any]) -> bool:
    return bool(config.get("store_failures") or config.get("store_failures_as"))


def _meta(column: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the meta of a column: below `config`, or at the top level as before dbt 1.10."""
    return {**(column.get("meta") or {}), **((column.get("config") or {}).get("meta") or {})}


def _tags(node: Node) -> dict[str, str]:
    """Return the valid tags of a node's columns, by column."""
    tags = {name.lower(): _meta(column).get("pii") for name, column in node["columns"].items()}
    return {name: tag for name, tag in tags.items() if tag in TAGS}


def _masked_tags(node: Node, manifest: Manifest) -> dict[str, str]:
    """Return the tags of the columns that masking covers.

    A silver table has those of its entity (`meta.entity`) or control table (`meta.control_table`). The macro
    tagged_columns derives the same columns, without the tags.
    """
    meta = node["config"].get("meta") or {}
    entity = f"control.{meta['control_table']}" if "control_table" in meta else meta.get("entity")
    if not entity:
        return _tags(node)
    tags = _tags(manifest["sources"][f"source.{node['package_name']}.{entity}"])
    if tags and node["name"].startswith("base_"):
        tags["_raw_record"] = "direct"
    return tags


def _unknown_tags(manifest: Manifest) -> Iterator[str]:
    for node in (*manifest["sources"].values(), *manifest["nodes"].values()):
        for name, column in node["columns"].items():
            tag = _meta(column).get("pii", TAGS[0])
            if tag not in TAGS:
                yield f"{_title(node)}.{name} is tagged `pii: {tag}`, but the only tags are direct and quasi."


def _title(node: Node) -> str:
    return f"{node['source_name']}.{node['name']}" if node["resource_type"] == "source" else node["name"]


def _is_bronze(node: Node) -> bool:
    return node["resource_type"] == "source" and _title(node) != SALT[0]


def _declared(node: Node) -> Columns:
    """Return the columns of a source or seed."""
    title, tags = _title(node), _tags(node)
    columns: Columns = {name: {} for name in BRONZE_COLUMNS} if _is_bronze(node) else {}
    for name in map(str.lower, node["columns"]):
        tag = "salt" if (title, name) == SALT else tags.get(name)
        columns[name] = {Origin(title, name, tag): Way()} if tag else {}
    return columns


def _passed_on(node: Node, columns: Columns) -> Columns:
    """Return the columns of a node as its readers see them, with the way one step longer."""
    return {
        name: {origin: Way((*way.columns, f"{node['name']}.{name}"), way.hashed) for origin, way in lineage.items()}
        for name, lineage in columns.items()
    }


def _judged(node: Node, columns: Columns, unresolved: Container[str], manifest: Manifest) -> Iterator[str]:
    """Check the traced columns of a node against the rules of its layer."""
    in_silver = node["config"].get("schema") == "silver"
    readers = (node["config"].get("grants") or {}).get("select")
    tags = _masked_tags(node, manifest)
    declared = {name.lower(): _meta(column) for name, column in node["columns"].items()}
    for name in dict.fromkeys((*columns, *declared)):
        if name in unresolved or name == FINGERPRINT:
            continue
        title = f"{node['name']}.{name}"
        lineage = dict(columns.get(name, {}))
        for origin in [origin for origin in lineage if origin.tag == "salt"]:
            yield f"{title} exposes the salt{_route(lineage.pop(origin))}, with which pseudonyms can be reversed."
        meta = declared.get(name, {})
        if "pii_waiver" in meta:
            if not (lineage and isinstance(meta["pii_waiver"], str) and meta["pii_waiver"].strip()):
                yield f"{title} has a `pii_waiver` without a reason or without personal data. Remove it."
        elif in_silver or readers == READERS:
            yield from _tagging(title, lineage, tags.get(name), in_silver and name == UNTAGGED_DIGEST)
        else:
            for origin, way in lineage.items():
                how = "hashed without the salt" if way.hashed else "unmasked"
                yield (
                    f"{title} exposes {origin} {how}{_route(way)}. "
                    f"Mask it with pseudonym(), or grant select on the model to {READERS[0]} only."
                )
            if name in tags and not lineage:
                yield _needless(title, tags[name])


def _tagging(title: str, lineage: Lineage, tag: str | None, digest_is_allowed: bool) -> Iterator[str]:
    """Compare the tag of a column with the tag of its strongest origin."""
    if digest_is_allowed and tag is None and all(way.hashed for way in lineage.values()):
        return
    if not lineage:
        if tag:
            yield _needless(title, tag)
        return
    origin, way = min(lineage.items(), key=lambda item: TAGS.index(item[0].tag))
    if tag != origin.tag:
        yield (
            f"{title} contains {origin}{_route(way)}, but is {f'tagged {tag}' if tag else 'not tagged'}. "
            f"Tag it `pii: {origin.tag}` in its YAML, or set the entity of the model in `meta.entity`."
        )


def _needless(title: str, tag: str) -> str:
    return f"{title} is tagged {tag}, but contains no tagged column of the contract (models/bronze)."


def _route(way: Way) -> str:
    *others, last = way.columns or ("",)
    if not last:
        return ""
    return f" (through {', '.join(others)} and {last})" if others else f" (through {last})"


def _key(node: Node, dialect: str) -> tuple[str, ...]:
    return table_key(exp.to_table(node["relation_name"], dialect=dialect))


def _columns(
    node: Node, tables: Mapping[tuple[str, ...], Columns], manifest: Manifest
) -> tuple[Columns, dict[str, str]]:
    """Return the columns of a node, and the reason for each column that cannot be traced.

    Raises:
        UnresolvedError: the whole SQL cannot be traced.
    """
    dialect = manifest["metadata"]["adapter_type"]
    sql = _sql(node, manifest)
    if not node.get("relation_name"):
        return Query(sql, tables, dialect).columns()
    # An incremental model may read itself. Repeat until no origin is added.
    own = {name.lower(): Lineage() for name in node["columns"]}
    while True:
        known = {**tables, _key(node, dialect): _passed_on(node, own)}
        columns, unresolved = Query(sql, known, dialect).columns()
        if node["resource_type"] == "snapshot":
            columns |= _snapshot_columns(node, columns)
        merged = {name: merge(own.get(name, {}), columns.get(name, {})) for name in (*own, *columns)}
        if merged == own:
            return columns, unresolved
        own = merged


def _sql(node: Node, manifest: Manifest) -> str:
    """Return the compiled SQL of a node. A snapshot without SQL copies the table that it depends on."""
    if node.get("language", "sql") == "sql" and node.get("compiled_code"):
        return str(node["compiled_code"])
    upstream = node["depends_on"]["nodes"]
    if node["resource_type"] == "snapshot" and len(upstream) == 1:
        parent = {**manifest["nodes"], **manifest["sources"]}[upstream[0]]
        return f"select * from {parent['relation_name']}"
    raise UnresolvedError("it has no compiled SQL. Use the manifest of `dbt compile`")


def _snapshot_columns(node: Node, columns: Columns) -> Columns:
    """Return the columns that dbt adds to a snapshot: a hash of the unique key, and times."""
    unique_key = node["config"].get("unique_key") or []
    keys = [unique_key] if isinstance(unique_key, str) else unique_key
    times = [node["config"]["updated_at"]] if node["config"].get("updated_at") else []
    if missing := [name for name in (*keys, *times) if name.lower() not in columns]:
        raise UnresolvedError(f"its unique_key or updated_at {missing[0]!r} is not a column of the table that it reads")
    key, time = (merge(*(columns[name.lower()] for name in names)) for names in ((*keys, *times), times))
    return {
        "dbt_scd_id": key,
        "dbt_updated_at": time,
        "dbt_valid_from": time,
        "dbt_valid_to": time,
    }
