"""The JSON schema of a mapping, by which editors complete and check it: `python -m loaders.table_import.schema`.

It has the entities of the contract, and for each entity its columns with their descriptions and codes.
"""

from __future__ import annotations

import json
from typing import Any

from loaders.contract import CONTRACT_FOLDER, Column, Entity, load_contract, project_root, read_yaml
from loaders.imports.codes import codes_of
from loaders.table_import.mapping import Mapping

SCHEMA = project_root() / "docs" / "mappings" / "mapping.schema.json"
_RULE = "#/$defs/Rule"


def schema() -> str:
    """Return the schema as text."""
    made = Mapping.model_json_schema(by_alias=True)
    entities = load_contract().deliverable()
    descriptions = _descriptions()
    made = {"$schema": "http://json-schema.org/draft-07/schema#", **made}
    made["title"] = "Mapping of tieout import table"
    made["properties"]["entity"]["enum"] = [f"{entity.domain}/{entity.name}" for entity in entities]
    made["properties"]["columns"] = {"type": "object", "minProperties": 1}
    for key in ("skip_before", "skip_after"):
        # A number stands for a number of lines.
        made["$defs"]["Table"]["properties"][key]["anyOf"].append({"type": "integer", "minimum": 0})
    made["allOf"] = [_columns_of(entity, descriptions) for entity in entities]
    return json.dumps(_without_titles(made), indent=1, ensure_ascii=False) + "\n"


def _columns_of(entity: Entity, descriptions: dict[tuple[str, str, str], str]) -> dict[str, Any]:
    """Return the rule that a mapping of this entity has its columns."""
    columns = [column for column in entity.columns if not column.added_by_landing]
    properties = {
        column.name: _column(column, descriptions[entity.domain, entity.name, column.name]) for column in columns
    }
    required = [column.name for column in columns if column.is_required]
    return {
        "if": {"properties": {"entity": {"const": f"{entity.domain}/{entity.name}"}}},
        "then": {
            "properties": {
                "columns": {"properties": properties, "required": required, "additionalProperties": False},
            }
        },
    }


def _column(column: Column, description: str) -> dict[str, Any]:
    codes = f" Codes: {', '.join(codes_of(column.codes)[:20])}." if column.codes else ""
    return {"description": description + codes, "anyOf": [{"$ref": _RULE}, {"type": ["string", "number"]}]}


def _descriptions() -> dict[tuple[str, str, str], str]:
    """Return the descriptions of the contract by domain, entity and column; of shared texts only their name."""
    found = {}
    for file in sorted((project_root() / CONTRACT_FOLDER).glob("*.yml")):
        for source in read_yaml(file)["sources"]:
            for table in source["tables"]:
                for column in table["columns"]:
                    shown = " ".join(str(column["description"]).split())
                    key = (source["config"]["meta"]["domain"], table["name"], column["name"])
                    found[key] = "" if "{{" in shown else shown
    return found


def _without_titles(value: Any) -> Any:
    """Leave out the titles that pydantic makes of the names of keys."""
    if isinstance(value, list):
        return [_without_titles(each) for each in value]
    if isinstance(value, dict):
        # A title whose value is a text is one of the schema; a property with this name would have keys below it.
        return {
            key: _without_titles(each)
            for key, each in value.items()
            if key != "title" or not isinstance(each, str) or each.startswith("Mapping of")
        }
    return value


def main() -> None:
    """Write the schema to `docs/mappings/`."""
    SCHEMA.parent.mkdir(parents=True, exist_ok=True)
    SCHEMA.write_text(schema(), encoding="utf-8")


if __name__ == "__main__":
    main()
