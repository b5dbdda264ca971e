"""Silver agrees with the bronze contract where dbt needs a fact of the contract before it can read the contract."""

from __future__ import annotations

from typing import Any

from loaders.contract import Entity, load_contract
from loaders.landing.records import MAX_RECORD_BYTES
from tests.python.project.conftest import Manifest

LINEAGE = ["_source_file", "_source_line", "_arrived_on", "_loaded_at", "_row_hash"]
JUDGED = [*LINEAGE, "_failed_rules", "_raw_record"]
DERIVED = {
    "base_banking__transactions": ["has_time"],
    "stg_banking__transactions": ["has_time", "transaction_date", "amount_signed", "is_replaced"],
    "base_banking__customer_interactions": ["has_time"],
    "stg_banking__customer_interactions": ["has_time", "interaction_date"],
    "base_commerce__sales": ["has_time"],
    "stg_commerce__sales": ["has_time", "sold_date"],
}


def silver(manifest: Manifest, prefix: str) -> list[tuple[dict[str, Any], Entity]]:
    """Return the models of silver whose names have a prefix, each with its entity."""
    return [
        (node, load_contract().entity(*node["config"]["meta"]["entity"].split(".")))
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and "entity" in node["config"]["meta"] and node["name"].startswith(prefix)
    ]


def test_every_entity_has_its_models_in_silver(manifest: Manifest) -> None:
    entities = {f"{entity.domain}__{entity.name}" for entity in load_contract().deliverable()}
    assert {node["name"] for node, _ in silver(manifest, "base_")} == {f"base_{name}" for name in entities}
    assert {node["name"] for node, _ in silver(manifest, "stg_")} >= {f"stg_{name}" for name in entities}


def test_a_staging_table_is_updated_by_the_key_of_its_entity(manifest: Manifest) -> None:
    for node, entity in silver(manifest, "stg_"):
        if node["config"]["materialized"] != "view":
            assert node["config"]["unique_key"] == list(entity.key), node["name"]


def test_a_base_model_reads_the_seeds_that_have_its_codes(manifest: Manifest) -> None:
    for node, entity in silver(manifest, "base_"):
        source = manifest["sources"][f"source.tieout.{entity.domain}.{entity.name}"]
        codes = [column["config"]["meta"].get("codes") for column in source["columns"].values()]
        seeds = {f"seed.tieout.{code.split('.')[0]}" for code in codes if code}
        assert {name for name in node["depends_on"]["nodes"] if name.startswith("seed.")} == seeds, node["name"]


def test_the_described_columns_of_silver_are_those_of_the_contract(manifest: Manifest) -> None:
    for prefix, added in (("base_", JUDGED), ("stg_", LINEAGE)):
        for node, entity in silver(manifest, prefix):
            last = ["_fingerprint"] if node["name"].endswith("_versions") else []
            expected = [*entity.delivered_columns, *DERIVED.get(node["name"], []), *added, *last]
            assert list(node["columns"]) == expected, node["name"]


def test_a_row_of_silver_fits_into_a_row_of_redshift() -> None:
    """While base reads a record: its raw values, the typed ones, and the record as JSON, every character escaped."""
    lineage, most_bytes = 2_048, 65_535
    for entity in load_contract().deliverable():
        types = [column.type for column in entity.columns]
        typed = sum(int(type_[5:-1]) if type_.startswith("text(") else 64 for type_ in types)
        names = sum(len(f'"{column.name}":"",') for column in entity.columns)
        widest = 3 * MAX_RECORD_BYTES + names + typed + lineage
        assert widest <= most_bytes, f"{entity.name}: {widest}"
