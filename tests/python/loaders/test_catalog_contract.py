"""Changes of the contract: the catalog accepts new columns at the end and nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loaders.aws.glue import Catalog
from loaders.aws.objects import ObjectStore
from loaders.aws.session import S3Root
from loaders.catalog import update_catalog
from loaders.contract import CONTRACT_FOLDER, Column, load_contract, project_root
from loaders.errors import TieoutError
from tests.aws.double import AwsDouble
from tests.python.loaders.catalogs import ACCOUNTS, DAYS, TABLES, changed, deliver, found, new_column
from tests.python.loaders.conftest import Tieout


def test_a_new_column_at_the_end_is_added_to_table_and_partitions(
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


def test_an_interrupted_extension_is_repeated(
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

        def interrupted(*_: object) -> None:
            raise KeyboardInterrupt

        patched.setattr(Catalog, "extend_table", interrupted)
        with pytest.raises(KeyboardInterrupt):
            update_catalog(catalog, store, contract=contract)
    assert update_catalog(catalog, store, contract=contract).added == {"banking__accounts": ["iban"]}
    assert update_catalog(catalog, store, contract=contract).added == {}


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (lambda columns: columns[:-1], "the contract no longer has the column"),
        (lambda columns: (columns[0], *columns[2:]), "column 2 is account_id, but customer_id in the contract"),
        (
            lambda columns: (columns[0], new_column("iban"), *columns[1:]),
            "column 2 is account_id, but iban in the contract",
        ),
        (lambda columns: (columns[0], columns[2], columns[1], *columns[3:]), "column 2 is account_id"),
        (
            lambda columns: (columns[0], new_column("number"), *columns[2:]),
            "column 2 is account_id, but number in the contract",
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
    message: str,
) -> None:
    update_catalog(catalog, store)
    before = found(aws, database)
    deliver(aws, s3_root, *DAYS)
    with pytest.raises(TieoutError, match=f"{database}.banking__accounts: {message}.*new column at the end") as refused:
        update_catalog(catalog, store, contract=changed(ACCOUNTS, columns))
    assert "Nothing was changed in the catalog." in str(refused.value)
    assert found(aws, database) == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Location": "s3://elsewhere/"}, "the location 's3://elsewhere'"),
        ({"SerdeInfo": {"SerializationLibrary": "LazySimpleSerDe"}}, "the SerDe 'LazySimpleSerDe'"),
        (
            {"Columns": [{"Name": "source_line", "Type": "bigint"}]},
            "column source_line has the type bigint, but every column of bronze is a string",
        ),
    ],
    ids=["location", "SerDe", "type"],
)
def test_a_table_with_another_definition_is_refused(
    aws: AwsDouble, database: str, catalog: Catalog, store: ObjectStore, change: dict[str, Any], message: str
) -> None:
    update_catalog(catalog, store)
    client = aws.client("glue")
    table = client.get_table(DatabaseName=database, Name="banking__accounts")["Table"]
    kept = {key: table[key] for key in ("Name", "TableType", "Parameters", "PartitionKeys")}
    storage = {**table["StorageDescriptor"], **change}
    client.update_table(DatabaseName=database, TableInput={**kept, "StorageDescriptor": storage})
    with pytest.raises(TieoutError, match=message):
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
            config: {meta: {type: text(256), since: 4}}
"""
    file.write_text(text.replace(loans, iban + loans, 1))
    load_contract.cache_clear()
    extended = tieout("catalog")
    assert (extended.code, extended.err) == (0, "")
    assert f"{database}.banking__transactions was extended by iban." in extended.out

    file.write_text(text)
    load_contract.cache_clear()
    refused = tieout("catalog")
    assert refused.code == 1
    assert "banking__transactions: the contract no longer has the column iban" in refused.err
    load_contract.cache_clear()


def test_a_refusal_of_aws_is_an_error_without_traceback(
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
    assert "No AWS region is set" in nowhere.err
