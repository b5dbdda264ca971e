"""`tieout publish` to S3: Athena finds the tables in the catalog, and a killed run changes nothing and is repaired."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from loaders.aws.session import S3Root
from loaders.errors import TieoutError
from loaders.publish.catalog import PublishedCatalog
from loaders.publish.places import S3Place
from tests.aws.double import AwsDouble
from tests.python.published import catalog, differing, download, in_catalog, manifests
from tests.python.publishing import DATABASE, TABLES, KilledError, changed, publication
from tests.python.warehouse import Warehouse

pytestmark = pytest.mark.extended

__all__ = ["changed"]  # pytest finds the fixture here
# Those of every kind: each request to the double takes time, and the files are written as those in a folder.
IN_S3 = (
    *("fact_transaction", "fact_sales", "dim_customer", "dim_fx_rate"),
    *("transaction_detail", "channel_effectiveness", "customer_segments", "loan_approval_rate"),
)


def tags(aws: AwsDouble, bucket: str, key: str) -> Any:
    """Return the tags of the only object whose key begins like this."""
    (name,) = aws.keys(bucket, key)
    return aws.client("s3").get_object_tagging(Bucket=bucket, Key=f"{key}{name}")["TagSet"]


def kill(at: str, patched: pytest.MonkeyPatch) -> None:
    """Let a process end after the files, between two requests to the catalog, or before the last manifest."""
    send, write = S3Place.send, S3Place.write

    def killed_after_files(place: S3Place, *arguments: Any) -> None:
        send(place, *arguments)
        raise KilledError

    def killed_before_manifest(place: S3Place, path: str, content: bytes) -> None:
        if json.loads(content)["unfinished"]:
            write(place, path, content)
        else:
            raise KilledError

    def killed(*_: Any) -> None:
        raise KilledError

    if at == "files":
        patched.setattr(S3Place, "send", killed_after_files)
    elif at == "catalog":
        patched.setattr(PublishedCatalog, "_expect", killed)
    else:
        patched.setattr(S3Place, "write", killed_before_manifest)


def test_a_killed_run_changes_nothing_for_readers_and_is_repaired(
    built_once: Warehouse,
    changed: Warehouse,
    aws: AwsDouble,
    s3_root: S3Root,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name, bucket = "fact_transaction", s3_root.bucket
    with publication(built_once, s3_root, monkeypatch) as made:
        made.publish(TABLES[name])
    # There and back: a day with another amount, a day that has gone or come back.
    for number, (killed, now) in enumerate((("files", changed), ("catalog", built_once), ("manifest", changed))):
        shown = catalog(aws, DATABASE)[name]
        with publication(now, s3_root, monkeypatch) as made:
            with monkeypatch.context() as patched:
                kill(killed, patched)
                with pytest.raises(KilledError):
                    made.publish(TABLES[name])
            left = catalog(aws, DATABASE)[name]
            assert (left == shown) == (killed == "files")
            for location in {*shown.values(), *left.values()}:
                assert len(aws.keys(bucket, location.removeprefix(f"s3://{bucket}/"))) == 1
            assert made.publish(TABLES[name]).written == (2 if now == built_once else 1)
            assert made.publish(TABLES[name]).written == 0
        copy = tmp_path / str(number)
        download(aws, bucket, copy)
        files = in_catalog(aws, bucket, DATABASE, copy)[name]
        with duckdb.connect(str(now.database), read_only=True) as connection:
            assert differing(connection, "dev_gold.fact_transaction", files, TABLES[name]) == []
        manifest = manifests(copy / s3_root.prefix)[name]
        assert manifest["unfinished"] == []
        current = {file for partition in manifest["partitions"].values() for file in partition["files"]}
        others = {file for file in aws.keys(bucket, s3_root.prefix) if file.endswith(".parquet")} - current
        untagged = {file for file in others if not tags(aws, bucket, f"{s3_root.prefix}{file}")}
        assert untagged == set(manifest["superseded"])


def test_s3_and_its_catalog_hold_the_tables(
    built_once: Warehouse,
    changed: Warehouse,
    aws: AwsDouble,
    s3_root: S3Root,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bucket = s3_root.bucket
    printed = built_once.run("tieout", "publish", str(s3_root), "--database", bucket, *IN_S3)
    download(aws, bucket, tmp_path)
    files = in_catalog(aws, bucket, bucket, tmp_path)
    assert files.keys() == set(IN_S3)
    with duckdb.connect(str(built_once.database), read_only=True) as connection:
        for name in IN_S3:
            assert differing(connection, f"dev_gold.{name}", files[name], TABLES[name]) == [], name
    found = aws.client("glue").get_table(DatabaseName=bucket, Name="fact_transaction")["Table"]
    assert found["Description"].startswith("One row per transaction of any status")
    assert found["PartitionKeys"][0] | {"Comment": ""} == {"Name": "transaction_date", "Type": "date", "Comment": ""}
    columns = {column["Name"]: column for column in found["StorageDescriptor"]["Columns"]}
    assert columns["amount_signed"]["Type"] == "decimal(18,2)"
    assert columns["transaction_ts"]["Type"] == "timestamp"
    assert columns["is_completed"]["Type"] == "boolean"
    assert columns["transaction_id"]["Type"] == "string"
    assert all(column["Comment"] and len(column["Comment"].encode()) < 256 for column in columns.values())

    shown = catalog(aws, bucket)
    before = len(aws.requests())
    with publication(built_once, s3_root, monkeypatch, bucket) as made:
        partitions = sum(made.publish(TABLES[name]).unchanged for name in IN_S3)
    assert f"Partitions: {partitions:,} written to {s3_root}, 0 removed, 0 unchanged." in printed
    assert not [path for method, path in aws.requests()[before:] if method in ("PUT", "DELETE")]
    assert catalog(aws, bucket) == shown

    with publication(changed, s3_root, monkeypatch, bucket) as made:
        made.publish(TABLES["fact_transaction"])
    now = catalog(aws, bucket)
    days = shown.pop("fact_transaction")
    changed_days = now.pop("fact_transaction")
    assert {day for day in days if days[day] != changed_days.get(day)} == {"2025-01-02", "2025-01-03"}
    assert "2025-01-03" not in changed_days
    assert now == shown


def test_the_catalog_is_repaired(
    built_once: Warehouse, aws: AwsDouble, s3_root: S3Root, monkeypatch: pytest.MonkeyPatch
) -> None:
    glue, name = aws.client("glue"), "daily_transaction_totals"
    with publication(built_once, s3_root, monkeypatch) as made:
        made.publish(TABLES[name])
        shown = catalog(aws, DATABASE)
        of_table = {"DatabaseName": DATABASE, "TableName": name}
        storage = {"StorageDescriptor": {"Location": "s3://elsewhere/"}}
        glue.batch_delete_partition(**of_table, PartitionsToDelete=[{"Values": ["2025-01-02"]}])
        glue.create_partition(**of_table, PartitionInput={"Values": ["1999-01-01"], **storage})
        changed = {"Values": ["2025-01-03"], **storage}
        glue.update_partition(**of_table, PartitionValueList=["2025-01-03"], PartitionInput=changed)
        result = made.publish(TABLES[name])
        assert (result.written, result.catalogued) == (0, 3)
        assert catalog(aws, DATABASE)[name] == shown[name]


def test_a_manifest_that_another_run_has_changed_is_not_overwritten(
    built_once: Warehouse, aws: AwsDouble, s3_root: S3Root, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = TABLES["dim_channel"]
    with publication(built_once, s3_root, monkeypatch) as made:
        path = f"{s3_root.prefix}dim_channel/_manifest.json"
        send = made.place.send

        def meanwhile(*arguments: Any) -> None:
            send(*arguments)
            aws.client("s3").put_object(Bucket=s3_root.bucket, Key=path, Body=b"{}")

        monkeypatch.setattr(made.place, "send", meanwhile)
        with pytest.raises(TieoutError, match="was changed while this run wrote: another `tieout publish` is running"):
            made.publish(table)
