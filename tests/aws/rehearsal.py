"""python -m tests.aws.rehearsal: three days of production without AWS.

moto's server replaces S3 and the Glue catalog, the stand-in replaces Redshift. Each day runs the commands of
docs/redshift.md and the README: land, push, catalog, dbt build, check, publish. DuckDB builds the same days directly
from S3. At the end, every table is compared, and gold with what was published.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType

from loaders.publish.tables import chosen_tables
from redshift_standin import StandIn
from redshift_standin.joins import JoinReader
from tests.aws.counted import counted
from tests.aws.double import AwsDouble
from tests.aws.spectrum import show_catalog
from tests.aws.unloads import unloads_to
from tests.python.published import catalog, download, in_catalog
from tests.python.warehouse import Warehouse
from tests.redshift.warehouse import (
    EXPORTER,
    SALT,
    RedshiftWarehouse,
    duckdb_tables,
    engine_differences,
    published_differs,
)

GENERATE = "tieout generate --days 3 --start 2025-01-01 --customers 60 --transactions-per-day 150 --faults 0.02"
BUCKET, S3_ROOT = "tieout-rehearsal", "s3://tieout-rehearsal/bronze"
CURATED, DATABASE = "tieout-rehearsal-curated", "prod_published"
# The command that checks whether a day ties out.
CHECK = ("tieout", "check", "--target", "prod")
PUBLISH = ("tieout", "publish", f"s3://{CURATED}", "--target", "prod")


class Rehearsal:
    """The warehouse of a bank, in production for three days."""

    def __init__(self, folder: Path, aws: AwsDouble, stand_in: StandIn) -> None:
        self.aws = aws
        self.stand_in = stand_in
        self.joins = JoinReader()
        environment = aws.environment | {"TIEOUT_S3_ROOT": S3_ROOT, "TIEOUT_PII_SALT": SALT}
        environment["TIEOUT_EXPORTER_ROLE"] = EXPORTER
        self.prod = RedshiftWarehouse(folder / "prod", "prod", environment | stand_in.environment(), stand_in=stand_in)
        self.on_duckdb = Warehouse(folder / "duckdb", environment=environment | {"TIEOUT_BRONZE_ROOT": S3_ROOT})
        for made in (self.prod.inbox, self.on_duckdb.database.parent):
            made.mkdir(parents=True)

    def run(self) -> None:
        """Run all days.

        Raises:
            AssertionError: something is wrong; the message says what.
        """
        aws, prod = self.aws, self.prod
        aws.make_bucket(BUCKET)
        aws.make_bucket(CURATED)
        roles: list[str | None] = []
        self.stand_in.write_unloads(unloads_to(self.stand_in, aws, roles))
        prod.run(*GENERATE.split(), "--inbox", str(prod.folder / "bank"))
        for number, day in enumerate(sorted((prod.folder / "bank").iterdir())):
            _say(f"Day {day.name}: the bank delivers {sum(1 for _ in day.rglob('*.csv'))} files")
            day.rename(prod.inbox / day.name)
            self.step("tieout", "land", "--allow-refused", str(prod.inbox))
            self.step("tieout", "push")
            assert "Batches: 0 pushed" in self.step("tieout", "push"), "a second push uploads files again"
            self.step("tieout", "catalog")
            if number == 0:
                self.step("dbt", "run-operation", "create_bronze")
                self.step("dbt", "run-operation", "create_roles")
            assert show_catalog(self.stand_in, aws) == len(aws.keys(BUCKET)), "the catalog does not show all objects"
            # From the second day on, a build and a check open the files of days with new ones only.
            self.stand_in.expect_days(number > 0)
            self.build(all_days=number == 0, lists_joins=number == 1)
            if number == 0:
                self.step("dbt", "run-operation", "apply_masking")
            self.step(*CHECK)
            self.step(*PUBLISH)
            self.on_duckdb.build()
        assert set(roles) == {EXPORTER}, "Redshift unloads with another role"
        _say("Nothing new")
        self.build(all_days=False)
        published, shown = aws.objects(CURATED), catalog(aws, DATABASE)
        assert "Partitions: 0 written" in self.step(*PUBLISH), "a second run publishes again"
        assert (aws.objects(CURATED), catalog(aws, DATABASE)) == (published, shown), "a second run changes objects"
        self.compare_published()
        bronze = prod.folder / "data" / "bronze"
        landed = {str(file.relative_to(bronze)): file.read_bytes() for file in bronze.rglob("*.csv*")}
        assert aws.objects(BUCKET, "bronze/") == landed, "the objects in S3 differ from the landed files"
        found = engine_differences(prod.tables(), duckdb_tables(self.on_duckdb))
        assert not found, "The engines differ:\n" + "\n".join(found)
        self.upgrade_snapshot()
        self.step("dbt", "test", "--select", "test_type:unit")
        _say(f"Passed: {len(landed)} objects, {len(prod.tables())} tables, equal to the last digit on both engines")

    def compare_published(self) -> None:
        """Read the published tables as Athena does.

        Raises:
            AssertionError: one differs from gold.
        """
        folder = self.prod.folder / "curated"
        download(self.aws, CURATED, folder)
        files = in_catalog(self.aws, CURATED, DATABASE, folder)
        tables = {table.name: table for table in chosen_tables(())}
        assert files.keys() == tables.keys(), f"published are {sorted(files)}, not {sorted(tables)}"
        differing = [name for name, table in tables.items() if published_differs(self.prod, table, files[name])]
        assert not differing, f"the published tables differ from gold: {', '.join(differing)}"

    def upgrade_snapshot(self) -> None:
        """Let a snapshot add a column and lengthen a text, as after a change of the contract.

        Raises:
            AssertionError: its table has other columns than before.
        """
        columns = (
            "select column_name, data_type, character_maximum_length from information_schema.columns "
            "where table_schema = 'prod_silver' and table_name = 'snap_banking__merchants' order by 1"
        )
        before = self.prod.fetch(columns)
        with self.stand_in.superuser() as connection, connection.cursor() as cursor:
            cursor.execute("alter table prod_silver.snap_banking__merchants drop column category")
            cursor.execute("select rs.alter_length('prod_silver.snap_banking__merchants', 'merchant_name', 100)")
        self.step("dbt", "snapshot", "--select", "snap_banking__merchants")
        assert self.prod.fetch(columns) == before, "the snapshot has other columns than before"

    def build(self, *, all_days: bool, lists_joins: bool = False) -> None:
        """Build, and print what it did. The first build reads all days, others those with new files.

        Args:
            all_days: whether this is the first build.
            lists_joins: whether to print the joins of each model.
        """
        sizes = {path: len(content) for path, content in self.aws.objects(BUCKET, "bronze/").items()}
        with counted(self.stand_in, sizes, self.joins, all_days=all_days) as done:
            self.step("dbt", "build")
        most = ", ".join(f"{table} {rows:,}" for table, rows in done.written.most_common(3))
        numbers, *nodes = done.judged_joins()
        _say(f"    {done}. Most: {most}.", f"    Joins: {numbers}.")
        if lists_joins:
            _say(*(f"      {node}" for node in nodes))

    def step(self, *command: str) -> str:
        """Run a command as production does, and print its last lines."""
        began = time.monotonic()
        printed = self.prod.run(*command)
        # Lines of dbt begin with the time.
        lines = [re.sub(r"^[0-9:]{8} *", "", line).strip() for line in printed.splitlines()]
        last = [f"    {line}" for line in lines if line and not line.startswith("Controller:")][-2:]
        _say(f"  {' '.join(command)}  ({time.monotonic() - began:.0f} s)", *last)
        return printed


def main() -> int:
    """Run the rehearsal, return its exit code, and clean up, also after an interruption."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tieout-rehearsal-") as folder, AwsDouble() as aws, StandIn() as stand_in:
        try:
            Rehearsal(Path(folder), aws, stand_in).run()
        except AssertionError as error:
            sys.stderr.write(f"{error}\nThe rehearsal failed.\n")
            return 1
    _say(f"Rehearsed in {time.monotonic() - began:.0f} seconds. Everything is cleaned up.")
    return 0


def _say(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _end(number: int, frame: FrameType | None) -> None:
    del frame
    # Ignore further signals while cleaning up.
    for again in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(again, signal.SIG_IGN)
    sys.stderr.write("The rehearsal was interrupted. Cleaning up.\n")
    raise SystemExit(128 + number)


if __name__ == "__main__":
    os.chdir(Path(__file__).resolve().parents[2])
    sys.exit(main())
