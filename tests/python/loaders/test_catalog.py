"""The Glue catalog shows what is in S3 by the contract, and nothing but new columns at the end may change it."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from loaders.aws import glue
from loaders.aws.glue import Catalog
from loaders.aws.objects import ObjectStore
from loaders.aws.session import S3Root
from loaders.catalog import CatalogResult, update_catalog
from loaders.contract import CONTRACT_FOLDER, Column, Contract, Entity, load_contract, project_root
from loaders.errors import TieoutError
from tests.aws.double import AwsDouble
from tests.python.loaders.conftest import Tieout

TABLES = len(load_contract().entities)
DAYS = ("2025-01-01", "2025-01-02")


@pytest.fixture
def database(s3_root: S3Root) -> str:
    """A database that is not there yet, and nobody else's."""
    return s3_root.bucket.replace("-", "_")


@pytest.fixture
def store(aws: AwsDouble, s3_root: S3Root) -> Iterator[ObjectStore]:
    with closing(ObjectStore(aws.client("s3"), s3_root)) as opened:
        yield opened


@pytest.fixture
def catalog(aws: AwsDouble, database: str) -> Catalog:
    return Catalog(aws.client("glue"), database)


def deliver(aws: AwsDouble, root: S3Root, *days: str) -> None:
    """Put the manifests of some days into S3: what the catalog goes by."""
    for day in days:
        key = root.key(f"control/deliveries/dt={day}/batch.csv")
        aws.client("s3").put_object(Bucket=root.bucket, Key=key, Body=b"manifest")


def found(aws: AwsDouble, database: str) -> dict[str, Any]:
    """Return tables and partitions, but for the times at which they were made."""
    client = aws.client("glue")
    times = ("CreateTime", "UpdateTime", "CreationTime")
    tables = {table["Name"]: table for table in client.get_tables(DatabaseName=database)["TableList"]}
    for name, table in tables.items():
        partitions = client.get_partitions(DatabaseName=database, TableName=name)["Partitions"]
        table["partitions"] = {
            part["Values"][0]: {key: value for key, value in part.items() if key not in times} for part in partitions
        }
    return {
        name: {key: value for key, value in table.items() if key not in times and key != "VersionId"}
        for name, table in tables.items()
    }


def changed(entity: Entity, columns: Callable[[tuple[Column, ...]], tuple[Column, ...]]) -> Contract:
    """Return the project's contract with the columns of one entity changed."""
    entities = dict(load_contract().entities)
    entities[entity.domain, entity.name] = dataclasses.replace(entity, columns=columns(entity.columns))
    return Contract(entities)


def new_column(name: str) -> Column:
    return Column(name, added_by_landing=False, is_money=False, pii=None, type="text(256)", since=2)


ACCOUNTS = load_contract().entity("banking", "accounts")


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
        for place, description in described:
            storage = description["StorageDescriptor"]
            assert storage["Location"] == place
            assert [column["Name"] for column in storage["Columns"]] == list(entity.bronze_columns)
            assert {column["Type"] for column in storage["Columns"]} == {"string"}
            assert storage["SerdeInfo"] == {
                "SerializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde",
                "Parameters": {"separatorChar": ",", "quoteChar": '"', "escapeChar": "\x01"},
            }


def test_doing_it_again_changes_nothing_and_new_days_are_added(
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


def test_a_day_is_in_every_other_table_before_it_is_in_that_of_the_manifests(
    aws: AwsDouble, s3_root: S3Root, catalog: Catalog, store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []
    create = Catalog.create_partitions

    def noted(self: Catalog, entity: Entity, root: S3Root, days: list[str]) -> None:
        create(self, entity, root, days)
        written.append(entity.name)

    monkeypatch.setattr(Catalog, "create_partitions", noted)
    for day in DAYS:
        deliver(aws, s3_root, day)
        written.clear()
        update_catalog(catalog, store)
        assert len(written) == TABLES
        assert written[-1] == "deliveries"


def test_many_days_go_in_batches(
    aws: AwsDouble, s3_root: S3Root, database: str, store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = [f"2025-01-{day:02}" for day in range(1, 8)]
    deliver(aws, s3_root, *days)
    sizes = []

    class Glue:
        """The double, told how many partitions come at a time."""

        def __getattr__(self, name: str) -> Any:
            return getattr(aws.client("glue"), name)

        def batch_create_partition(self, **request: Any) -> Any:
            sizes.append(len(request["PartitionInputList"]))
            return aws.client("glue").batch_create_partition(**request)

    monkeypatch.setattr(glue, "_PARTITIONS_A_REQUEST", 3)
    update_catalog(Catalog(Glue(), database), store)  # type: ignore[arg-type]
    assert sorted(sizes) == [1] * TABLES + [3] * 2 * TABLES
    assert all(set(table["partitions"]) == set(days) for table in found(aws, database).values())


def test_partitions_that_are_there_are_adopted_and_wrong_ones_put_right(
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
    assert (result.partitions, result.repaired) == (TABLES * 2 - 2, 1)
    partitions = found(aws, database)["banking__accounts"]["partitions"]
    assert partitions[DAYS[0]]["Parameters"] == {"made by": "a crawler"}
    assert partitions[DAYS[1]]["StorageDescriptor"]["Location"] == f"{s3_root}/banking/accounts/dt={DAYS[1]}/"


def test_partitions_that_someone_else_adds_meanwhile_are_as_good(
    aws: AwsDouble, s3_root: S3Root, catalog: Catalog, store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(aws, s3_root, *DAYS)
    update_catalog(catalog, store)
    monkeypatch.setattr(Catalog, "partitions", lambda *_: {})
    assert update_catalog(catalog, store).partitions == TABLES * 2


def test_a_new_column_at_the_end_is_shown_and_added_to_table_and_partitions(
    aws: AwsDouble, s3_root: S3Root, database: str, catalog: Catalog, store: ObjectStore
) -> None:
    deliver(aws, s3_root, *DAYS)
    update_catalog(catalog, store)
    contract = changed(ACCOUNTS, lambda columns: (*columns, new_column("iban"), new_column("bic")))
    shown = update_catalog(catalog, store, contract=contract, dry_run=True)
    assert shown.added == {"banking__accounts": ["iban", "bic"]}
    assert update_catalog(catalog, store).added == {}
    assert update_catalog(catalog, store, contract=contract) == shown
    table = found(aws, database)["banking__accounts"]
    for description in (table, *table["partitions"].values()):
        assert [column["Name"] for column in description["StorageDescriptor"]["Columns"]][-3:] == [
            ACCOUNTS.bronze_columns[-1],
            "iban",
            "bic",
        ]
    assert update_catalog(catalog, store, contract=contract).added == {}


def test_an_extension_that_was_killed_is_done_again(
    aws: AwsDouble,
    s3_root: S3Root,
    catalog: Catalog,
    store: ObjectStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    deliver(aws, s3_root, *DAYS)
    update_catalog(catalog, store)
    contract = changed(ACCOUNTS, lambda columns: (*columns, new_column("iban")))
    with monkeypatch.context() as patched:

        def killed(*_: object) -> None:
            raise KeyboardInterrupt

        patched.setattr(Catalog, "extend_table", killed)
        with pytest.raises(KeyboardInterrupt):
            update_catalog(catalog, store, contract=contract)
    assert update_catalog(catalog, store, contract=contract).added == {"banking__accounts": ["iban"]}
    assert update_catalog(catalog, store, contract=contract).added == {}


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (lambda columns: columns[:-1], "the contract has lost column"),
        (lambda columns: (columns[0], *columns[2:]), "column 2 is account_id, and the contract says customer_id"),
        (lambda columns: (columns[0], new_column("iban"), *columns[1:]), "column 2 is account_id, and .* says iban"),
        (lambda columns: (columns[0], columns[2], columns[1], *columns[3:]), "column 2 is account_id"),
        (
            lambda columns: (columns[0], new_column("number"), *columns[2:]),
            "column 2 is account_id, and .* says number",
        ),
    ],
    ids=["last one lost", "lost", "in between", "order", "name"],
)
def test_any_other_change_of_the_contract_is_refused(
    aws: AwsDouble,
    s3_root: S3Root,
    database: str,
    catalog: Catalog,
    store: ObjectStore,
    columns: Callable[[tuple[Column, ...]], tuple[Column, ...]],
    told: str,
) -> None:
    update_catalog(catalog, store)
    before = found(aws, database)
    deliver(aws, s3_root, *DAYS)
    with pytest.raises(TieoutError, match=f"{database}.banking__accounts: {told}.*new ones at the end") as refused:
        update_catalog(catalog, store, contract=changed(ACCOUNTS, columns))
    assert "Nothing was changed in the catalog." in str(refused.value)
    assert found(aws, database) == before


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"Location": "s3://elsewhere/"}, "the location 's3://elsewhere'"),
        ({"SerdeInfo": {"SerializationLibrary": "LazySimpleSerDe"}}, "the SerDe 'LazySimpleSerDe'"),
        ({"Columns": [{"Name": "source_line", "Type": "bigint"}]}, "column source_line is bigint, and bronze is text"),
    ],
    ids=["place", "SerDe", "type"],
)
def test_a_table_that_someone_else_made_is_refused(
    aws: AwsDouble, database: str, catalog: Catalog, store: ObjectStore, change: dict[str, Any], told: str
) -> None:
    update_catalog(catalog, store)
    client = aws.client("glue")
    table = client.get_table(DatabaseName=database, Name="banking__accounts")["Table"]
    kept = {key: table[key] for key in ("Name", "TableType", "Parameters", "PartitionKeys")}
    storage = {**table["StorageDescriptor"], **change}
    client.update_table(DatabaseName=database, TableInput={**kept, "StorageDescriptor": storage})
    with pytest.raises(TieoutError, match=told):
        update_catalog(catalog, store)


def test_the_command_shows_and_applies_changes(
    aws: AwsDouble, s3_root: S3Root, database: str, tieout: Tieout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(project_root() / CONTRACT_FOLDER, tmp_path / CONTRACT_FOLDER)
    monkeypatch.setenv("TIEOUT_PROJECT", str(tmp_path))
    monkeypatch.setenv("TIEOUT_S3_ROOT", str(s3_root))
    monkeypatch.setenv("TIEOUT_GLUE_DATABASE", database)
    load_contract.cache_clear()
    deliver(aws, s3_root, *DAYS)
    assert f"{TABLES} would be created" in tieout("catalog", "--dry-run").out
    created = tieout("catalog")
    assert (created.code, created.err) == (0, "")
    assert f"{database}.banking__accounts was created." in created.out
    assert f"{TABLES * 2} added" in created.out

    file = tmp_path / CONTRACT_FOLDER / "banking.yml"
    text = file.read_text(encoding="utf-8")
    loans = "\n      - name: loans\n"
    iban = """          - name: iban
            description: IBAN.
            config: {meta: {type: text(256), since: 2}}
"""
    file.write_text(text.replace(loans, iban + loans, 1))
    load_contract.cache_clear()
    extended = tieout("catalog")
    assert (extended.code, extended.err) == (0, "")
    assert f"{database}.banking__transactions was given iban at its end." in extended.out

    file.write_text(text)
    load_contract.cache_clear()
    refused = tieout("catalog")
    assert refused.code == 1
    assert "banking__transactions: the contract has lost column iban" in refused.err
    load_contract.cache_clear()


def test_what_aws_refuses_is_a_sentence(
    aws: AwsDouble, s3_root: S3Root, tieout: Tieout, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.require_permission(True)
    try:
        rejected = tieout("catalog", s3_root)
    finally:
        aws.require_permission(False)
    assert (rejected.code, rejected.out) == (1, "")
    assert "AWS rejects the credentials" in rejected.err
    missing = tieout("catalog", "s3://no-such-bucket")
    assert (missing.code, missing.out) == (1, "")
    assert "There is no such bucket at s3://no-such-bucket" in missing.err
    monkeypatch.delenv("AWS_REGION")
    nowhere = tieout("catalog", s3_root)
    assert (nowhere.code, nowhere.out) == (1, "")
    assert "No AWS region is known" in nowhere.err
