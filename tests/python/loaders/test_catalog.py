"""`tieout catalog`: tables and partitions follow the contract and the manifests."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from loaders.aws import glue
from loaders.aws.glue import Catalog
from loaders.aws.objects import ObjectStore
from loaders.aws.session import S3Root
from loaders.catalog import CatalogResult, update_catalog
from loaders.contract import Entity, load_contract
from tests.aws.double import AwsDouble
from tests.python.loaders.catalogs import DAYS, TABLES, deliver, found


def test_tables_follow_the_contract(
    aws: AwsDouble, s3_root: S3Root, database: str, catalog: Catalog, store: ObjectStore
) -> None:
    deliver(aws, s3_root, *DAYS)
    result = update_catalog(catalog, store)
    assert (len(result.created), result.partitions) == (TABLES, TABLES * len(DAYS))
    tables = found(aws, database)
    assert len(tables) == TABLES
    for entity in load_contract().entities.values():
        table = tables[f"{entity.domain}__{entity.name}"]
        assert table["TableType"] == "EXTERNAL_TABLE"
        assert table["PartitionKeys"] == [{"Name": "dt", "Type": "date"}]
        assert table["Parameters"]["skip.header.line.count"] == "1"
        location = f"{s3_root}/{entity.domain}/{entity.name}/"
        described = [(location, table)]
        described += [(f"{location}dt={day}/", table["partitions"][day]) for day in DAYS]
        for address, description in described:
            storage = description["StorageDescriptor"]
            assert storage["Location"] == address
            assert [column["Name"] for column in storage["Columns"]] == list(entity.bronze_columns)
            assert {column["Type"] for column in storage["Columns"]} == {"string"}
            assert storage["SerdeInfo"] == {
                "SerializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde",
                "Parameters": {"separatorChar": ",", "quoteChar": '"', "escapeChar": "\x01"},
            }


def test_a_second_run_changes_nothing_and_new_days_are_added(
    aws: AwsDouble, s3_root: S3Root, database: str, catalog: Catalog, store: ObjectStore
) -> None:
    deliver(aws, s3_root, DAYS[0])
    update_catalog(catalog, store)
    before = found(aws, database)
    assert update_catalog(catalog, store) == CatalogResult(tables=TABLES, days=1)
    assert found(aws, database) == before
    deliver(aws, s3_root, DAYS[1])
    assert update_catalog(catalog, store) == CatalogResult(tables=TABLES, days=2, partitions=TABLES)
    after = found(aws, database)
    assert all(set(table["partitions"]) == set(DAYS) for table in after.values())
    assert all(after[name]["partitions"][DAYS[0]] == table["partitions"][DAYS[0]] for name, table in before.items())


def test_a_day_is_added_to_the_table_of_the_manifests_last(
    aws: AwsDouble, s3_root: S3Root, catalog: Catalog, store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []
    create = Catalog.create_partitions

    def noted(self: Catalog, entity: Entity, root: S3Root, days: list[str], files: Counter[str] | None) -> None:
        create(self, entity, root, days, files)
        written.append(entity.name)

    monkeypatch.setattr(Catalog, "create_partitions", noted)
    for day in DAYS:
        deliver(aws, s3_root, day)
        written.clear()
        update_catalog(catalog, store)
        assert len(written) == TABLES
        assert written[-1] == "deliveries"


def test_partitions_have_the_number_of_manifests_also_of_late_ones(
    aws: AwsDouble, s3_root: S3Root, database: str, catalog: Catalog, store: ObjectStore
) -> None:
    def files(table: str) -> dict[str, str]:
        partitions = found(aws, database)[f"control__{table}"]["partitions"]
        return {day: partition["Parameters"]["tieout.files"] for day, partition in partitions.items()}

    deliver(aws, s3_root, *DAYS)
    update_catalog(catalog, store)
    assert files("deliveries") == {DAYS[0]: "1", DAYS[1]: "1"}
    assert files("forgotten") == {DAYS[0]: "0", DAYS[1]: "0"}
    for name in ("deliveries/dt=2025-01-01/late.csv", "forgotten/dt=2025-01-02/request.csv"):
        aws.client("s3").put_object(Bucket=s3_root.bucket, Key=s3_root.key(f"control/{name}"), Body=b"line")
    assert update_catalog(catalog, store, dry_run=True).updated == 2
    assert files("deliveries")[DAYS[0]] == "1"
    assert update_catalog(catalog, store) == CatalogResult(tables=TABLES, days=2, updated=2)
    assert files("deliveries") == {DAYS[0]: "2", DAYS[1]: "1"}
    assert files("forgotten") == {DAYS[0]: "0", DAYS[1]: "1"}
    assert update_catalog(catalog, store) == CatalogResult(tables=TABLES, days=2)


def test_partitions_are_created_in_batches(
    aws: AwsDouble, s3_root: S3Root, database: str, store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = [f"2025-01-{day:02}" for day in range(1, 8)]
    deliver(aws, s3_root, *days)
    sizes = []

    class Glue:
        """The double of Glue, which counts the partitions of each request."""

        def __getattr__(self, name: str) -> Any:
            return getattr(aws.client("glue"), name)

        def batch_create_partition(self, **request: Any) -> Any:
            sizes.append(len(request["PartitionInputList"]))
            return aws.client("glue").batch_create_partition(**request)

    monkeypatch.setattr(glue, "_PARTITIONS_A_REQUEST", 3)
    update_catalog(Catalog(Glue(), database), store)  # type: ignore[arg-type]
    assert sorted(sizes) == [1] * TABLES + [3] * 2 * TABLES
    assert all(set(table["partitions"]) == set(days) for table in found(aws, database).values())


def test_existing_partitions_are_kept_and_wrong_ones_are_repaired(
    aws: AwsDouble, s3_root: S3Root, database: str, catalog: Catalog, store: ObjectStore
) -> None:
    update_catalog(catalog, store)
    right = f"{s3_root}/banking/accounts/dt={DAYS[0]}"
    for day, location in ((DAYS[0], right), (DAYS[1], "s3://elsewhere/")):
        (table,) = aws.client("glue").get_tables(DatabaseName=database, Expression="banking__accounts")["TableList"]
        aws.client("glue").create_partition(
            DatabaseName=database,
            TableName="banking__accounts",
            PartitionInput={
                "Values": [day],
                "StorageDescriptor": {**table["StorageDescriptor"], "Location": location},
                "Parameters": {"made by": "a crawler"},
            },
        )
    deliver(aws, s3_root, *DAYS)
    result = update_catalog(catalog, store)
    assert (result.partitions, result.updated) == (TABLES * 2 - 2, 1)
    partitions = found(aws, database)["banking__accounts"]["partitions"]
    assert partitions[DAYS[0]]["Parameters"] == {"made by": "a crawler"}
    assert partitions[DAYS[1]]["StorageDescriptor"]["Location"] == f"{s3_root}/banking/accounts/dt={DAYS[1]}/"


def test_partitions_that_another_run_has_just_added_are_not_an_error(
    aws: AwsDouble, s3_root: S3Root, catalog: Catalog, store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(aws, s3_root, *DAYS)
    update_catalog(catalog, store)
    monkeypatch.setattr(Catalog, "partitions", lambda *_: {})
    assert update_catalog(catalog, store).partitions == TABLES * 2
