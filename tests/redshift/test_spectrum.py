"""Redshift sees the objects that are pushed and whose partitions are in the catalog, with every value as it landed."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from loaders.aws.glue import Catalog
from loaders.aws.objects import ObjectStore
from loaders.aws.session import S3Root
from loaders.catalog import update_catalog
from loaders.contract import load_contract
from loaders.land import land
from loaders.push import push
from redshift_standin import StandIn
from tests.aws.double import AwsDouble
from tests.aws.spectrum import open_csv, show_catalog

ENTITY = load_contract().entity("banking", "merchants")
TEXTS = ("back\\slash\\", '\\"', 'say ""hi""', '"', '"""', "a,b", " around ", ' "x" ', "tab\there", "é東🏦", "")


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsDouble]:
    with AwsDouble() as started:
        started.make_bucket("bucket")
        yield started


@pytest.fixture(scope="module")
def store(aws: AwsDouble) -> Iterator[ObjectStore]:
    with closing(ObjectStore(aws.client("s3"), S3Root("bucket", "prefix/"))) as opened:
        yield opened


def deliver(inbox: Path, day: str) -> None:
    folder = inbox / day / "banking"
    folder.mkdir(parents=True)
    with (folder / "merchants.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(ENTITY.delivered_columns)
        for number, text in enumerate(TEXTS):
            writer.writerow([f"M{number}", *[text] * (len(ENTITY.delivered_columns) - 1)])


def shown(stand_in: StandIn) -> set[tuple[object, ...]]:
    with stand_in.superuser() as connection, connection.cursor() as cursor:
        cursor.execute(
            f'select {", ".join(ENTITY.bronze_columns)}, dt::text, "$path" from prod_bronze.banking__merchants'
        )
        return set(cursor.fetchall())


def expected(bronze: Path, *days: str) -> set[tuple[str, ...]]:
    """Return the rows that the csv module reads."""
    rows = set()
    for day in days:
        path = f"banking/merchants/dt={day}/merchants.csv"
        with (bronze / path).open(encoding="utf-8", newline="") as file:
            rows |= {(*row.values(), day, f"s3://bucket/prefix/{path}") for row in csv.DictReader(file)}
    return rows


def test_redshift_sees_pushed_objects_in_catalog_partitions_with_values_as_they_landed(
    stand_in: StandIn, aws: AwsDouble, store: ObjectStore, tmp_path: Path
) -> None:
    catalog = Catalog(aws.client("glue"), "lake")
    with stand_in.superuser() as connection, connection.cursor() as cursor:
        cursor.execute("select rs.create_external_schema('prod_bronze', 'lake', true)")
    first, second = "2025-01-01", "2025-01-02"
    inbox, bronze = tmp_path / "inbox", tmp_path / "bronze"
    deliver(inbox, first)
    land(inbox, bronze)
    update_catalog(catalog, store)
    show_catalog(stand_in, aws)
    assert shown(stand_in) == set(), "the file is visible although it was not pushed"
    push(bronze, store)
    show_catalog(stand_in, aws)
    assert shown(stand_in) == set(), "the file is visible although its partition is not in the catalog"
    update_catalog(catalog, store)
    assert show_catalog(stand_in, aws) == 2
    assert len(expected(bronze, first)) == len(TEXTS)
    assert shown(stand_in) == expected(bronze, first)

    deliver(inbox, second)
    land(inbox, bronze)
    push(bronze, store)
    update_catalog(catalog, store)
    show_catalog(stand_in, aws)
    assert shown(stand_in) == expected(bronze, first, second)
    aws.client("glue").batch_delete_partition(
        DatabaseName="lake", TableName="banking__merchants", PartitionsToDelete=[{"Values": [first]}]
    )
    show_catalog(stand_in, aws)
    assert shown(stand_in) == expected(bronze, second)


def test_another_escape_character_would_lose_data() -> None:
    line = r'1,"C:\temp, ""quoted"" \",x'
    assert open_csv(line, escapeChar="\x01") == ["1", 'C:\\temp, "quoted" \\', "x"]
    for escape in ('"', "\\"):
        assert open_csv(line, escapeChar=escape) != ["1", 'C:\\temp, "quoted" \\', "x"]
