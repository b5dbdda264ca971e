"""Bronze is read directly from S3: the warehouse is the same, and the build of a day reads the files of that day."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from contextlib import closing

import duckdb
import pytest
from dbt_common.exceptions import DbtRuntimeError

from loaders.aws.duckdb_s3 import Plugin
from loaders.aws.objects import ObjectStore
from loaders.aws.session import S3Root
from loaders.push import push
from tests.aws.double import AwsDouble
from tests.python.differences import differences
from tests.python.optimizer import OPTIMIZER
from tests.python.warehouse import Warehouse

pytestmark = pytest.mark.extended

# The models that read bronze.
SILVER = ("--select", "path:models/staging", "path:seeds")
AUDIT = ("--select", "deliveries", "delivery_outcomes", "row_outcomes", "rejected_rows")
DAYS = ("2025-01-01", "2025-01-02", "2025-01-03")


def files_read(aws: AwsDouble, root: S3Root, since: int) -> list[str]:
    """Return the objects that were read after the first `since` requests."""
    below = f"/{root.bucket}/{root.prefix}"
    return [
        path.removeprefix(below).replace("%3D", "=")
        for method, path in aws.requests()[since:]
        if method == "GET" and path.startswith(below)
    ]


def test_bronze_in_s3_gives_the_same_warehouse_and_a_build_reads_the_new_files_once(
    new_warehouse: Callable[[str], Warehouse], aws: AwsDouble, s3_root: S3Root
) -> None:
    local = new_warehouse("local")
    on_s3 = dataclasses.replace(
        new_warehouse("on_s3"),
        environment={**aws.environment, "TIEOUT_BRONZE_ROOT": str(s3_root), OPTIMIZER: "on"},
    )
    local.run(
        *"tieout generate --gzip --days 3 --customers 60 --transactions-per-day 150 --seed 5".split(),
        "--inbox",
        str(local.inbox),
    )
    bronze = local.folder / "data" / "bronze"
    with closing(ObjectStore(aws.client("s3"), s3_root)) as store:
        for days in (DAYS[:2], DAYS[2:]):
            delivered = local.folder / f"inbox_{days[0]}"
            delivered.mkdir()
            for day in days:
                (delivered / day).symlink_to(local.inbox / day)
            local.land(delivered)
            push(bronze, store)
            before = len(aws.requests())
            on_s3.build(*SILVER)
            assert {path.split("/")[2] for path in files_read(aws, s3_root, before)} == {f"dt={day}" for day in days}
    # The data files, the control totals and the manifest of the day, each once.
    read = files_read(aws, s3_root, before)
    of_day = {str(path.relative_to(bronze)) for path in bronze.glob(f"*/*/dt={DAYS[2]}/*")}
    assert sorted(read) == sorted(of_day)
    on_s3.build(*AUDIT)
    local.build(*SILVER, *AUDIT[1:])
    assert differences(on_s3, local) == {}
    assert on_s3.value("select count(*) from dev_silver.stg_banking__transactions") == 450


def test_unusable_credentials_and_roots_are_refused_with_a_message(
    aws: AwsDouble, s3_root: S3Root, monkeypatch: pytest.MonkeyPatch
) -> None:
    with duckdb.connect() as connection:
        with pytest.raises(DbtRuntimeError, match="is not a usable address in S3"):
            Plugin("s3", {"bronze_root": "s3://bucket/a b"}).configure_connection(connection)
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        with pytest.raises(DbtRuntimeError, match="no usable AWS credentials"):
            Plugin("s3", {"bronze_root": str(s3_root)}).configure_connection(connection)


def test_a_local_root_does_not_load_the_s3_extension() -> None:
    with duckdb.connect() as connection:
        for root in ("", "data/bronze", "/s3:/bronze"):
            Plugin("s3", {"bronze_root": root}).configure_connection(connection)
        loaded = "select count(*) from duckdb_extensions() where extension_name = 'httpfs' and loaded"
        assert connection.execute(loaded).fetchone() == (0,)
