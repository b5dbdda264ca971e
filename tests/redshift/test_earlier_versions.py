"""Redshift reads files of an earlier contract version, whose header is shorter, beside newer files."""

from __future__ import annotations

import dataclasses
import gzip
from contextlib import closing
from pathlib import Path

import pytest

from loaders.aws.glue import Catalog
from loaders.aws.objects import ObjectStore
from loaders.aws.session import S3Root
from loaders.catalog import update_catalog
from loaders.contract import Contract, load_contract
from redshift_standin import StandIn
from tests.aws.double import AwsDouble
from tests.aws.spectrum import show_catalog
from tests.redshift import bronze

pytestmark = pytest.mark.extended

CONTRACT = load_contract()
MERCHANTS = CONTRACT.entity("banking", "merchants")
EARLIER = dataclasses.replace(MERCHANTS, columns=MERCHANTS.columns[:-1])
LAST = MERCHANTS.bronze_columns[-1]
OLD_DAY, NEW_DAY = "2025-01-01", "2025-01-02"
# Day, file, and the value of the last column: null where the file does not have the column.
EXPECTED = {(OLD_DAY, "old.csv", None), (OLD_DAY, "old.csv.gz", None), (NEW_DAY, "new.csv", "active")}


def files() -> dict[str, bytes]:
    """Return bronze as landing wrote it before and after the last column was added."""
    row = '\n2,M1,"a, ""b""",Food,,2025-01-02 00:00:00'
    short = ",".join(EARLIER.bronze_columns) + row + "\n"
    full = ",".join(MERCHANTS.bronze_columns) + row + ",active\n"
    folder = "banking/merchants"
    return {
        f"{folder}/dt={OLD_DAY}/old.csv": short.encode(),
        f"{folder}/dt={OLD_DAY}/old.csv.gz": gzip.compress(short.encode()),
        f"{folder}/dt={NEW_DAY}/new.csv": full.encode(),
        f"control/deliveries/dt={OLD_DAY}/batch.csv": b"batch_id\nb1\n",
        f"control/deliveries/dt={NEW_DAY}/batch.csv": b"batch_id\nb2\n",
    }


def shown(stand_in: StandIn, schema: str) -> set[tuple[str, str, str | None]]:
    with stand_in.superuser() as connection, connection.cursor() as cursor:
        cursor.execute(f'select dt::text, "$path", merchant_name, {LAST} from {schema}.banking__merchants')
        rows = cursor.fetchall()
    assert {name for _, _, name, _ in rows} == {'a, "b"'}
    return {(day, path.rsplit("/", 1)[1], last) for day, path, _, last in rows}


def test_the_external_tables_of_the_tests_show_them(stand_in: StandIn, tmp_path: Path) -> None:
    with stand_in.superuser() as connection, connection.cursor() as cursor:
        cursor.execute("create schema earlier_bronze")
        bronze.make_table(cursor, "earlier_bronze.banking__merchants", EARLIER.bronze_columns)
    for path, content in files().items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    assert bronze.load(stand_in, tmp_path, "earlier_bronze") == len(files())
    assert shown(stand_in, "earlier_bronze") == EXPECTED


def test_an_extended_catalog_shows_them(stand_in: StandIn) -> None:
    earlier = Contract({**CONTRACT.entities, ("banking", "merchants"): EARLIER})
    with AwsDouble() as aws:
        aws.make_bucket("lake")
        root = S3Root("lake", "bronze/")
        catalog = Catalog(aws.client("glue"), "earlier_lake")
        with stand_in.superuser() as connection, connection.cursor() as cursor:
            cursor.execute("select rs.create_external_schema('earlier_catalog', 'earlier_lake', true)")
        with closing(ObjectStore(aws.client("s3"), root)) as store:
            for day, contract in ((OLD_DAY, earlier), (NEW_DAY, CONTRACT)):
                for path, content in files().items():
                    if day in path:
                        aws.client("s3").put_object(Bucket=root.bucket, Key=root.key(path), Body=content)
                update_catalog(catalog, store, contract=contract)
                show_catalog(stand_in, aws)
    assert shown(stand_in, "earlier_catalog") == EXPECTED
