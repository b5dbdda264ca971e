"""`tieout publish`: readers find what the warehouse has, only what changed is written, a killed run is repaired."""

from __future__ import annotations

import fcntl
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from loaders.audit.warehouse import open_warehouse
from loaders.aws.session import S3Root, glue_client, s3_client
from loaders.errors import TieoutError
from loaders.publish import places
from loaders.publish.catalog import PublishedCatalog
from loaders.publish.places import FolderPlace, S3Place, open_place
from loaders.publish.publication import Publication, Result
from loaders.publish.tables import chosen_tables
from loaders.publish.writers import writer
from tests.aws.double import AwsDouble
from tests.python.published import catalog, differing, download, in_catalog, manifests
from tests.python.warehouse import LOAD_TIME_COLUMNS, PROJECT, Warehouse

TABLES = {table.name: table for table in chosen_tables(())}
DATABASE = "published"
# Those of every kind: each request to the double takes time, and the files are written as those in a folder.
IN_S3 = (
    *("fact_transaction", "fact_sales", "dim_customer", "dim_fx_rate"),
    *("transaction_detail", "channel_effectiveness", "customer_segments", "loan_approval_rate"),
)


# The double is the same for all tests, and making a client takes a third of a second.
S3_CLIENT, GLUE_CLIENT = cache(s3_client), cache(glue_client)


class KilledError(BaseException):
    """The process ends."""


@pytest.fixture(scope="module")
def changed(built_once: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A warehouse in which a row of one day has another amount, and another day has gone, as builds leave them."""
    made = Warehouse(tmp_path_factory.mktemp("changed"))
    made.database.parent.mkdir()
    shutil.copy(built_once.database, made.database)
    made.execute(
        "update dev_gold.fact_transaction set transaction_amount = transaction_amount + 1, "
        "_fingerprint = _fingerprint + 1 where transaction_id = (select min(transaction_id) from "
        "dev_gold.fact_transaction where transaction_date = '2025-01-02'); "
        "delete from dev_gold.fact_transaction where transaction_date = '2025-01-03'"
    )
    return made


@contextmanager
def publication(
    made: Warehouse, destination: object, monkeypatch: pytest.MonkeyPatch, database: str = DATABASE
) -> Iterator[Publication]:
    """What `tieout publish` publishes with, in this process."""
    monkeypatch.setenv("TIEOUT_DUCKDB_PATH", str(made.database))
    monkeypatch.setattr(places, "s3_client", S3_CLIENT)
    with ExitStack() as opened:
        warehouse = opened.enter_context(open_warehouse("dev"))
        place = opened.enter_context(open_place(str(destination), None, None))
        shown = PublishedCatalog(GLUE_CLIENT(), database, place) if isinstance(place, S3Place) else None
        if shown:
            shown.create()
        yield Publication(warehouse, place, writer(warehouse, place), shown)


def contents(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return time and content of every published file."""
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".publish.lock"
    }


def check_folder(made: Warehouse, folder: Path, names: list[str]) -> None:
    """Check that the manifests of tables lead to exactly their rows."""
    with duckdb.connect(str(made.database), read_only=True) as connection:
        for name in names:
            partitions = manifests(folder)[name]["partitions"].values()
            files = [folder / file for partition in partitions for file in partition["files"]]
            assert differing(connection, f"dev_gold.{name}", files, TABLES[name]) == [], name


def test_every_table_that_analysts_read_is_published_and_read_back(built_once: Warehouse, tmp_path: Path) -> None:
    folder = tmp_path / "published"
    printed = built_once.run("tieout", "publish", str(folder))
    gold: dict[str, set[str]] = {}
    for name, column in built_once.query(
        "select table_name, column_name from duckdb_columns() where schema_name = 'dev_gold'"
    ):
        gold.setdefault(name, set()).add(column)
    del gold["dim_customer_pii"]
    assert {name: set(table.names) for name, table in TABLES.items()} == {
        name: columns - LOAD_TIME_COLUMNS - {"_fingerprint"} for name, columns in gold.items()
    }
    assert manifests(folder).keys() == TABLES.keys()
    check_folder(built_once, folder, list(TABLES))
    before = contents(folder)
    again = built_once.run("tieout", "publish", str(folder))
    assert contents(folder) == before
    partitions = sum(len(manifest["partitions"]) for manifest in manifests(folder).values())
    assert f"Partitions: {partitions:,} written to {folder}, 0 removed, 0 unchanged." in printed
    assert f"Partitions: 0 written to {folder}, 0 removed, {partitions:,} unchanged." in again


def test_a_folder_is_read_as_documented(built_once: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with publication(built_once, tmp_path / "published", monkeypatch) as made:
        made.publish(TABLES["fact_transaction"])
    page = (PROJECT / "docs" / "deploy.md").read_text(encoding="utf-8")
    (documented,) = re.findall(r"```sql\n(set variable.*?)```", page, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    with duckdb.connect() as connection:
        rows = connection.execute(documented).fetchall()
    assert len(rows) == built_once.value("select count(*) from dev_gold.fact_transaction")


def test_partitions_are_days_or_months() -> None:
    assert {name: TABLES[name].day for name in ("fact_transaction", "channel_effectiveness", "transaction_detail")} == {
        "fact_transaction": "transaction_date",
        "channel_effectiveness": "month_start_date",
        "transaction_detail": "transaction_date",
    }
    assert not any(TABLES[name].day for name in TABLES if name.startswith("dim_"))
    assert TABLES["investment_performance"].day is None


def test_only_changed_partitions_are_written_and_gone_ones_removed(
    built_once: Warehouse, changed: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = TABLES["fact_transaction"]
    with publication(built_once, tmp_path, monkeypatch) as made:
        made.publish(table)
    before = manifests(tmp_path)["fact_transaction"]
    with publication(changed, tmp_path, monkeypatch) as made:
        counted = made.publish(table, dry_run=True)
        assert manifests(tmp_path)["fact_transaction"] == before
        assert made.publish(table) == counted
        rows = changed.value("select count(*) from dev_gold.fact_transaction where transaction_date = '2025-01-02'")
        assert counted == Result("fact_transaction", 1, 1, len(before["partitions"]) - 2, rows)
    after = manifests(tmp_path)["fact_transaction"]
    differ = {day for day in before["partitions"] if before["partitions"][day] != after["partitions"].get(day)}
    assert differ == {"2025-01-02", "2025-01-03"}
    check_folder(changed, tmp_path, ["fact_transaction"])
    # A reader who has just read the old manifest still finds its files. The next run that writes removes them.
    old = [tmp_path / file for day in differ for file in before["partitions"][day]["files"]]
    assert all(file.exists() for file in old)
    with publication(built_once, tmp_path, monkeypatch) as made:
        made.publish(table)
    assert not any(file.exists() for file in old)
    check_folder(built_once, tmp_path, ["fact_transaction"])


def test_a_new_column_rewrites_the_table(
    built_once: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "month [*?]"  # a name is no pattern
    with publication(built_once, folder, monkeypatch) as made:
        made.publish(TABLES["dim_channel"])
        path = folder / "dim_channel" / "_manifest.json"
        path.write_text(path.read_text().replace("channel_name varchar", "channel_name text"))
        assert made.publish(TABLES["dim_channel"]).written == 1
        assert made.publish(TABLES["dim_channel"]).written == 0


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


def test_nothing_is_published_unless_everything_ties_out(built_warehouse: Warehouse, tmp_path: Path) -> None:
    built_warehouse.execute("update dev_audit.layer_reconciliation set difference = 1 where measure = 'rows'")
    refused = built_warehouse.run("tieout", "publish", str(tmp_path / "out"), "dim_channel", fails=True)
    assert "tieout: dev does not tie out, so nothing is published" in refused
    assert not list((tmp_path / "out").glob("*/*"))
    allowed = built_warehouse.run("tieout", "publish", str(tmp_path / "out"), "dim_channel", "--allow-findings")
    assert "Published although dev does not tie out" in allowed
    assert manifests(tmp_path / "out").keys() == {"dim_channel"}


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["fact_nothing"], "There is no table fact_nothing in gold, and only gold is published."),
        (["stg_banking__customers"], "There is no table stg_banking__customers in gold"),
        (
            ["dim_date", "dim_customer_pii"],
            r"dim_customer_pii is not published: it has personal data \(first_name, last",
        ),
    ],
)
def test_other_tables_are_refused(names: list[str], sentence: str) -> None:
    with pytest.raises(TieoutError, match=sentence):
        chosen_tables(names)


def test_unusable_destinations_are_refused(
    built_once: Warehouse, aws: AwsDouble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    table = TABLES["dim_channel"]
    for destination, sentence in (
        (tmp_path / "file" / "folder", "folder cannot be written: Not a directory. Correct this"),
        ("s3://no-such-bucket", "There is no such bucket at s3://no-such-bucket/dim_channel/_manifest.json"),
        ("s3://bucket/a b", "is not a usable address in S3"),
    ):
        with pytest.raises(TieoutError, match=sentence), publication(built_once, destination, monkeypatch) as made:
            made.publish(table)
    with (tmp_path / ".publish.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with (
            pytest.raises(TieoutError, match="Another `tieout publish` is writing to"),
            publication(built_once, tmp_path, monkeypatch),
        ):
            pass
    (tmp_path / "dim_channel").mkdir()
    (tmp_path / "dim_channel" / "_manifest.json").write_text("[]")
    with publication(built_once, tmp_path, monkeypatch) as made:
        with pytest.raises(TieoutError, match="is not a manifest of dim_channel"):
            made.publish(table)
        on_redshift = replace(made.warehouse, engine="redshift")
        with pytest.raises(TieoutError, match="Redshift writes to S3 only, not to"):
            writer(on_redshift, made.place)
    with open_place("s3://bucket", None, None) as place, pytest.raises(TieoutError, match="Set TIEOUT_EXPORTER_ROLE"):
        writer(on_redshift, place)


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


def test_files_left_by_a_killed_run_are_removed_from_a_folder(
    built_once: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: Any) -> None:
        raise KilledError

    with publication(built_once, tmp_path, monkeypatch) as made, monkeypatch.context() as patched:
        (tmp_path / ".publishing-left").mkdir()
        patched.setattr(FolderPlace, "retire", killed)
        with pytest.raises(KilledError):
            made.publish(TABLES["dim_channel"])
    with publication(built_once, tmp_path, monkeypatch) as made:
        assert not list(tmp_path.glob(".publishing-*"))
        assert made.publish(TABLES["dim_channel"]).written == 1
    check_folder(built_once, tmp_path, ["dim_channel"])
